import API
import Core
import Foundation
import Synchronization

@testable import Tenancy

/// Tokens whose checksums were computed with zlib, and who they belong to in these tests.
enum TestTokens {
    static let platform = "mtr_admin_abcdefghijklmnopqrstuvwxyz0123" + checksum("mtr_admin_abcdefghijklmnopqrstuvwxyz0123")
    static let merchant = "mtr_live_abcdefghijklmnopqrstuvwxyz0123" + checksum("mtr_live_abcdefghijklmnopqrstuvwxyz0123")
    static let person = "mtr_pat_abcdefghijklmnopqrstuvwxyz0123" + checksum("mtr_pat_abcdefghijklmnopqrstuvwxyz0123")
    static let unknown = "mtr_pat_00000000000000000000000000000A" + checksum("mtr_pat_00000000000000000000000000000A")

    static let own = MerchantID(UUID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001))
    static let second = MerchantID(UUID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0002))
    static let foreign = MerchantID(UUID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0003))
    static let personID = PersonID(UUID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_00aa))
    static let credential = CredentialID(UUID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_00cc))

    private static func checksum(_ text: String) -> String {
        String(decoding: TokenFormat.checksum(Array(text.utf8)[...]), as: UTF8.self)
    }
}

/// Knows three tokens; the person belongs to two restaurants. Counts how often it was asked.
final class TestAuthenticator: Authenticator {
    private let asked = Mutex(0)

    var questions: Int { asked.withLock { $0 } }

    func authenticate(_ credential: PresentedCredential, restaurant: MerchantID?) async throws -> Principal {
        asked.withLock { $0 += 1 }
        switch credential.digest {
        case PresentedCredential.digest(of: TestTokens.platform):
            return principal(.platformKey, merchant: restaurant, ["merchants:read"])
        case PresentedCredential.digest(of: TestTokens.merchant):
            guard restaurant == nil || restaurant == TestTokens.own else { throw AuthenticationFailure.restaurantForbidden }
            return principal(.merchantKey, merchant: TestTokens.own, ["conversations:read"])
        case PresentedCredential.digest(of: TestTokens.person):
            guard restaurant == nil || restaurant == TestTokens.own || restaurant == TestTokens.second else {
                throw AuthenticationFailure.restaurantForbidden
            }
            return principal(.person(TestTokens.personID), merchant: restaurant, ["conversations:read", "messages:send"], .agent)
        default:
            throw AuthenticationFailure.invalidCredential
        }
    }

    /// Sessions have tests of their own, on real ones.
    func authenticate(_ token: SessionToken, restaurant: MerchantID?) async throws -> Principal {
        asked.withLock { $0 += 1 }
        throw AuthenticationFailure.invalidCredential
    }

    func standing(_ token: SessionToken) async throws -> StandingCredential { throw AuthenticationFailure.invalidCredential }

    func authenticate(_ credential: StandingCredential, restaurant: MerchantID?) async throws -> Principal {
        guard case .token(let token) = credential else { throw AuthenticationFailure.invalidCredential }
        return try await authenticate(token, restaurant: restaurant)
    }

    private func principal(_ kind: Principal.Kind, merchant: MerchantID?, _ scopes: Set<String>, _ role: Role? = nil) -> Principal {
        Principal(kind: kind, credential: TestTokens.credential, merchant: merchant, scopes: scopes, role: role)
    }
}

import Core
import Hummingbird
import Tenancy

/// Looks again and again whether the credential of a request that does not end still lets it in: revoked, expired, a person removed or given another role, a
/// restaurant suspended.
struct CredentialWatch: Sendable {
    private let credential: RequestCredential
    private let merchant: MerchantID
    private let access: Access
    private let authenticator: any Authenticator

    /// - Parameter access: what the route asks for.
    init(_ request: Request, of merchant: MerchantID, access: Access, authenticator: any Authenticator) throws {
        credential = try CredentialHeaders.credential(request)
        self.merchant = merchant
        self.access = access
        self.authenticator = authenticator
    }

    /// Returns when it is refused, or when nobody can say for ten seconds; or when the task is cancelled.
    func refusal(every interval: Duration) async {
        var unknownSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            guard !Task.isCancelled else { return }
            do {
                let principal =
                    switch credential {
                    case .token(let token): try await authenticator.authenticate(token, restaurant: merchant)
                    case .session(let session): try await authenticator.authenticate(session, restaurant: merchant)
                    }
                try principal.require(scope: access.scope, role: access.role)
                unknownSince = nil
            } catch is AuthenticationFailure {
                return
            } catch is Problem {
                return
            } catch {
                // The database is away: a stream that lives on shows nothing new meanwhile.
                let since = unknownSince ?? .now
                unknownSince = since
                if since.duration(to: .now) > .seconds(10) { return }
            }
        }
    }
}

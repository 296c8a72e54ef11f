import Core
import Crypto
import Foundation

/// Whose requests are counted.
public enum RateSubject: Hashable, Sendable {
    case credential(CredentialID)
    case merchant(MerchantID)
    /// The text of an address as far as one client owns it.
    case address(String)

    /// Whoever has `address`; nil is one client.
    public static func network(of address: String?) -> RateSubject { .address(Actor.network(of: address)) }

    var kind: RateKind {
        switch self {
        case .credential: .credential
        case .merchant: .merchant
        case .address: .address
        }
    }

    /// In the database. With the kind, so that no address is ever counted as somebody's id.
    var key: [UInt8] {
        let subject =
            switch self {
            case .credential(let id): id.description
            case .merchant(let id): id.description
            case .address(let text): text
            }
        return Array(SHA256.hash(data: Data("\(kind.rawValue)|\(subject)".utf8)))
    }
}

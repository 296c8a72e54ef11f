import Core
import Crypto
import Foundation

/// A credential as a client presented it, its shape and checksum checked, nothing looked up yet.
public struct PresentedCredential: Sendable, Hashable {
    public let kind: TokenFormat.Kind
    /// SHA-256 of the whole token: what is stored and looked up. The token itself is not kept.
    public let digest: [UInt8]

    /// Nil unless `token` has the shape of one of ours.
    public init?(_ token: some StringProtocol) {
        guard let kind = TokenFormat.kind(of: token), kind.isCredential else { return nil }
        self.kind = kind
        digest = Self.digest(of: token)
    }

    /// One that was presented before.
    init(kind: TokenFormat.Kind, digest: [UInt8]) {
        self.kind = kind
        self.digest = digest
    }

    /// SHA-256 of a token, as stored.
    public static func digest(of token: some StringProtocol) -> [UInt8] {
        Array(SHA256.hash(data: Data(token.utf8)))
    }
}

/// A person's role at one merchant, least first.
public enum Role: String, Sendable, CaseIterable, Comparable {
    case agent
    case manager
    case owner

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .agent: 0
        case .manager: 1
        case .owner: 2
        }
    }
}

/// Who a request acts for, and what that credential may do. Made by an authenticator only.
public struct Principal: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case platformKey
        case merchantKey
        case person(PersonID)
    }

    public let kind: Kind
    /// Of a session, its id.
    public let credential: CredentialID
    /// The person's session, when it is one rather than a token.
    public let session: SessionID?
    /// A person who administers the installation: everything that a platform key may.
    public let isPlatformAdmin: Bool
    /// The merchant the request acts on: the merchant key's own, or the one that `X-Restaurant-Id` selected among those the credential has.
    /// Nil for a platform key that selected none.
    public let merchant: MerchantID?
    /// `conversations:read`, `messages:send` …
    public let scopes: Set<String>
    /// A person's role at `merchant`; nil for keys.
    public let role: Role?
    /// When the credential ends by itself; nil for never.
    public let expiresAt: Timestamp?

    public init(
        kind: Kind,
        credential: CredentialID,
        session: SessionID? = nil,
        isPlatformAdmin: Bool = false,
        merchant: MerchantID?,
        scopes: Set<String>,
        role: Role? = nil,
        expiresAt: Timestamp? = nil
    ) {
        self.kind = kind
        self.credential = credential
        self.session = session
        self.isPlatformAdmin = isPlatformAdmin
        self.merchant = merchant
        self.scopes = scopes
        self.role = role
        self.expiresAt = expiresAt
    }

    /// For logs: which kind and which credential or person, never a name.
    public var actor: String {
        switch kind {
        case .platformKey: "platform_key:\(credential)"
        case .merchantKey: "merchant_key:\(credential)"
        case .person(let person): "person:\(person)"
        }
    }
}

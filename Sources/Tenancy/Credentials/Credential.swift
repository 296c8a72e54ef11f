import Core

/// A key or token as lists show it: everything but the token itself.
public struct Credential: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case active
        case expired
        case revoked
    }

    /// Who made it.
    public struct Creator: Sendable, Equatable {
        public let kind: Actor.Kind
        public let credential: CredentialID?
        public let person: PersonID?
    }

    public let id: CredentialID
    public let name: String
    /// `mtr_live_` …: what it belongs to.
    public let prefix: String
    /// The last four characters of the token.
    public let lastFour: String
    public let scopes: [String]
    /// Nil for those from before this was written down.
    public let createdBy: Creator?
    public let createdAt: Timestamp
    /// To the minute.
    public let lastUsedAt: Timestamp?
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?
    /// The one that it was rolled into.
    public let replacedBy: CredentialID?

    public func status(at time: Timestamp = .now) -> Status {
        if revokedAt != nil { return .revoked }
        return expiresAt.map { $0 <= time } ?? false ? .expired : .active
    }
}

/// A credential with its token, which is known at this moment only.
public struct IssuedCredential: Sendable {
    public let credential: Credential
    public let token: Secret<String>
}

/// What is said to make a credential.
public struct CredentialIn: Sendable {
    public var name: String
    public var scopes: [String]
    public var expiresAt: Timestamp?

    public init(name: String, scopes: [String], expiresAt: Timestamp? = nil) {
        self.name = name
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}

/// Whose credentials are meant. Everything asks for them by owner, so another's are as absent as those that never were.
public enum CredentialOwner: Sendable, Hashable {
    case platform
    case merchant(MerchantID)
    case person(PersonID)

    var kind: TokenFormat.Kind {
        switch self {
        case .platform: .platformKey
        case .merchant: .merchantKey
        case .person: .personalAccessToken
        }
    }

    var merchant: MerchantID? { if case .merchant(let merchant) = self { merchant } else { nil } }

    var person: PersonID? { if case .person(let person) = self { person } else { nil } }

    /// How many may be good at the same time.
    public var most: Int {
        switch self {
        case .platform, .merchant: 100
        case .person: 50
        }
    }

    /// With those that were rolled and whose overlap lasts: whoever has as many as possible must still be able to roll each.
    var mostWithRolled: Int { 2 * most }
}

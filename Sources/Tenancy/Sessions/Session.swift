import Core

/// A person logged in on a device.
public struct Session: Sendable, Equatable {
    public let id: SessionID
    public let userAgent: String?
    public let address: String?
    public let createdAt: Timestamp
    public let lastUsedAt: Timestamp
    public let expiresAt: Timestamp
}

/// Why a session ended.
public enum SessionEnd: String, Sendable {
    case logout, revoked, disabled
    case passwordChanged = "password_changed"
    case secondFactorChanged = "second_factor_changed"
    case tokenReuse = "token_reuse"
}

/// What a login or a refresh gives to a client.
public struct SessionTokens: Sendable {
    public let person: PersonID
    public let session: SessionID
    /// JWT.
    public let accessToken: Secret<String>
    public let accessLifetime: Duration
    /// For the cookie alone.
    public let refreshToken: Secret<String>
    /// When the cookie is no longer of any use.
    public let refreshUntil: Timestamp
}

/// A session as the authenticator knows it: what the person may do at this moment.
struct StoredSession: Sendable {
    let person: PersonID
    let access: PersonAccess
}

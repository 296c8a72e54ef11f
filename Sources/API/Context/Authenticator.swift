import Core
import Tenancy

/// Turns a presented credential into a principal. The seam between HTTP and the credential store.
public protocol Authenticator: Sendable {
    /// Looks up `credential` and, where it has several restaurants, selects `restaurant` among them.
    ///
    /// - Parameters:
    ///   - credential: its shape and checksum hold.
    ///   - restaurant: from `X-Restaurant-Id`; nil when the header was not sent. A person's token then makes a principal without a merchant, which
    ///     routes that need one refuse with 400 `restaurant_required`; a merchant key stands for its own.
    /// - Throws: `AuthenticationFailure`; `DomainError` of kind `unavailable` or a database error when the answer cannot be known now.
    func authenticate(_ credential: PresentedCredential, restaurant: MerchantID?) async throws -> Principal

    /// The same for a person who is logged in, by the session's access token.
    func authenticate(_ token: SessionToken, restaurant: MerchantID?) async throws -> Principal

    /// What a session whose token was accepted is known by later.
    func standing(_ token: SessionToken) async throws -> StandingCredential

    /// Asks again for what was presented before: a stream that is open, a ticket.
    func authenticate(_ credential: StandingCredential, restaurant: MerchantID?) async throws -> Principal
}

/// Keys and tokens from one store, sessions from another.
public struct CombinedAuthenticator: Authenticator {
    private let credentials: CredentialAuthenticator
    private let sessions: SessionAuthenticator

    public init(credentials: CredentialAuthenticator, sessions: SessionAuthenticator) {
        self.credentials = credentials
        self.sessions = sessions
    }

    public func authenticate(_ credential: PresentedCredential, restaurant: MerchantID?) async throws -> Principal {
        try await credentials.authenticate(credential, restaurant: restaurant)
    }

    public func authenticate(_ token: SessionToken, restaurant: MerchantID?) async throws -> Principal {
        try await sessions.authenticate(token, restaurant: restaurant)
    }

    public func standing(_ token: SessionToken) async throws -> StandingCredential { try await sessions.standing(token) }

    public func authenticate(_ credential: StandingCredential, restaurant: MerchantID?) async throws -> Principal {
        switch credential {
        case .token(let token): try await credentials.authenticate(token, restaurant: restaurant)
        case .session(let session, let person, let end):
            try await sessions.authenticate(session, of: person, until: end, restaurant: restaurant)
        }
    }
}

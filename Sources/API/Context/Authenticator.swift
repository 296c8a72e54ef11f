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
}

extension CredentialAuthenticator: Authenticator {}

import Core
import Hummingbird
import Logging
import Tenancy

/// Puts the principal of the request's credential into the context. Child contexts (`MerchantContext`, `PlatformContext`) insist on what they need.
public struct AuthenticationMiddleware: RouterMiddleware {
    private let authenticator: any Authenticator

    public init(_ authenticator: any Authenticator) {
        self.authenticator = authenticator
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.principal = try await authenticate(
            CredentialHeaders.credential(request),
            restaurant: CredentialHeaders.restaurant(request),
            context
        )
        return try await next(request, context)
    }

    /// The principal of `credential`, noted for the log.
    func authenticate(
        _ credential: RequestCredential,
        restaurant: MerchantID?,
        _ context: AppRequestContext
    ) async throws -> Principal {
        let principal: Principal
        do {
            principal = try await authenticate(credential, restaurant: restaurant)
        } catch let failure as AuthenticationFailure where failure != .invalidCredential {
            // Known, and refused this restaurant: the audit log says who it was.
            if let somebody = try? await authenticate(credential, restaurant: nil) { context.trace.record(somebody) }
            throw failure
        }
        context.trace.record(principal)
        return principal
    }

    private func authenticate(_ credential: RequestCredential, restaurant: MerchantID?) async throws -> Principal {
        switch credential {
        case .token(let token): try await authenticator.authenticate(token, restaurant: restaurant)
        case .session(let session): try await authenticator.authenticate(session, restaurant: restaurant)
        }
    }
}

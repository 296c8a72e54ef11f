import HTTPTypes
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
        // Before anything can be refused. The peer's address: a proxy's word about others would have to come from a configured one.
        context.trace.record(address: context.channel.remoteAddress, userAgent: request.headers[.userAgent])
        let credential = try CredentialHeaders.credential(request)
        let restaurant = try CredentialHeaders.restaurant(request)
        let principal = try await authenticator.authenticate(credential, restaurant: restaurant)
        context.trace.record(principal)
        var context = context
        context.principal = principal
        return try await next(request, context)
    }
}

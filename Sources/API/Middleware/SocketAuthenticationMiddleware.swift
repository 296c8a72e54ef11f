import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// Who opens a WebSocket: a ticket in the address, which is all that a browser can give, or a credential in the header fields as everywhere else. Both only from
/// pages that may.
struct SocketAuthenticationMiddleware: RouterMiddleware {
    let authenticator: any Authenticator
    let tickets: TicketService
    let origins: Set<String>
    /// Where nothing but sockets is served, what is no request for one hears that first.
    let isOlder: Bool

    static let parameter = "ticket"

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        if isOlder { _ = try WebSocketUpgrade(request) }
        let origin = try RequestOrigin.checked(request, allowing: origins)
        var context = context
        let ticket = try QueryReader(request).text(Self.parameter)
        if let ticket {
            try await redeem(ticket, origin: origin, request, &context)
        } else {
            try await present(request, &context)
        }
        return try await next(request, context)
    }

    private func redeem(_ text: String, origin: String?, _ request: Request, _ context: inout AppRequestContext) async throws {
        try CredentialHeaders.refuseCredentialInURL(request, except: Self.parameter)
        guard !request.headers.contains(.apiKey), !request.headers.contains(.authorization) else {
            throw Problem(.conflictingCredentials, detail: "Send either a ticket or a credential.")
        }
        // A ticket counts once, so not for a request that could not become a socket.
        _ = try WebSocketUpgrade(request)
        let ticket = try await tickets.redeem(text, origin: origin)
        if let restaurant = try CredentialHeaders.restaurant(request), restaurant != ticket.merchant {
            throw AuthenticationFailure.restaurantForbidden
        }
        let principal = try await authenticator.authenticate(ticket.credential, restaurant: ticket.merchant)
        context.trace.record(principal)
        context.principal = principal
        context.standing = ticket.credential
    }

    private func present(_ request: Request, _ context: inout AppRequestContext) async throws {
        let credential = try CredentialHeaders.credential(request)
        let principal = try await AuthenticationMiddleware(authenticator).authenticate(
            credential,
            restaurant: CredentialHeaders.restaurant(request),
            context
        )
        context.principal = principal
        context.standing = try await authenticator.standing(credential)
    }
}

extension Authenticator {
    /// What a credential that was just accepted is known by.
    func standing(_ credential: RequestCredential) async throws -> StandingCredential {
        switch credential {
        case .token(let token): .token(token)
        case .session(let token): try await standing(token)
        }
    }
}

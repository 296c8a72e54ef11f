import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// `/realtime`: the live stream as a WebSocket, and the tickets that open it.
struct RealtimeRoutes: Sendable {
    private let realtime: RealtimeService
    private let tickets: TicketService
    private let authenticator: any Authenticator
    private let origins: Set<String>

    init(_ realtime: RealtimeService, tickets: TicketService, authenticator: any Authenticator, origins: Set<String>) {
        self.realtime = realtime
        self.tickets = tickets
        self.authenticator = authenticator
        self.origins = origins
    }

    /// Adds the tickets under one base of the API.
    func addTickets(to base: AuthenticatedBase) {
        let routes = base.group("realtime/tickets", context: MerchantContext.self)
        routes.post("", RealtimeService.access, use: makeTicket)
    }

    /// Adds the socket at one path. Its group's middleware is `SocketAuthenticationMiddleware`.
    func addSocket(to base: AuthenticatedBase, at path: RouterPath) {
        let routes = base.group(path, context: SocketContext.self)
        routes.get("", RealtimeService.access.orTicket, use: open)
    }

    func authentication(isOlder: Bool) -> SocketAuthenticationMiddleware {
        SocketAuthenticationMiddleware(authenticator: authenticator, tickets: tickets, origins: origins, isOlder: isOlder)
    }

    private func makeTicket(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let origin = try RequestOrigin.checked(request, allowing: origins)
        let credential = try await authenticator.standing(CredentialHeaders.credential(request))
        let ticket = try await tickets.make(Ticket(credential: credential, merchant: context.merchant, origin: origin))
        // Where the ticket is good; it is not part of an address that is kept.
        return JSONResponse(.created, headers: [.location: "/api/v1/realtime"]) { writer in
            writer.member("ticket", ticket.reveal())
            writer.member("expiresIn", TicketService.lifetime.components.seconds)
        }
    }

    private func open(_ request: Request, _ context: SocketContext) async throws -> Response {
        let query = try QueryReader(request)
        let names = query.oneOf("names", EventNames.self)
        let position = query.string("position", 1...100)
        try query.finish()
        let upgrade = try WebSocketUpgrade(request)
        let caller = RealtimeCaller(
            credential: context.credential,
            principal: context.principal,
            merchant: context.merchant,
            names: names ?? .standard,
            position: position
        )
        return try await upgrade.response(on: context.channel, limits: realtime.configuration.limits) { connection in
            await realtime.serve(caller, on: connection)
        }
    }
}

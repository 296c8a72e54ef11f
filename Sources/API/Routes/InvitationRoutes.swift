import Core
import Hummingbird
import Tenancy

/// `/invitations`: for whoever holds an invitation's link.
public struct InvitationRoutes: Sendable {
    private let invitations: InvitationService

    public init(_ invitations: InvitationService) {
        self.invitations = invitations
    }

    /// Adds the routes to a group without a credential, under one base of the API.
    public func add(to base: RouterGroup<AppRequestContext>) {
        let group = base.group("invitations")
        group.post("inspect", use: inspect)
        group.post("accept", use: accept)
    }

    /// A POST, so that the token stands in no log.
    private func inspect(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        let token = try await request.json(context).decode { fields in fields.required("token", .text(1...100)) }
        let offer = try await invitations.inspect(token: token, by: context.trace.actor)
        return JSONResponse { writer in
            writer.member("email", offer.email)
            writer.member("restaurantId", nullable: offer.restaurant)
            writer.member("restaurantName", nullable: offer.restaurantName)
            writer.member("role", nullable: offer.role?.rawValue)
            writer.member("hasPassword", offer.hasPassword)
            writer.member("expiresAt", offer.expiresAt)
        }
    }

    private func accept(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        let (token, name, password) = try await request.json(context).decode { fields in
            (
                fields.required("token", .text(1...100)),
                fields.optional("name", .name()),
                fields.required("password", .text(1...1024))
            )
        }
        let accepted = try await invitations.accept(token: token, name: name, password: password, by: context.trace.actor)
        return JSONResponse { writer in
            writer.member("personId", accepted.person)
            writer.member("restaurantId", nullable: accepted.restaurant)
            writer.member("role", nullable: accepted.role?.rawValue)
        }
    }
}

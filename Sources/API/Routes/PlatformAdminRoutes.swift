import Core
import Hummingbird
import Tenancy

/// `/platform-admins`: the people who run the installation.
public struct PlatformAdminRoutes: Sendable {
    private let team: TeamService
    private let invitations: InvitationService
    private let kept: KeptAnswers
    private let cursors: CursorSigner

    public init(_ team: TeamService, invitations: InvitationService, kept: KeptAnswers, cursors: CursorSigner) {
        self.team = team
        self.invitations = invitations
        self.kept = kept
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let admins = base.group("platform-admins", context: PlatformContext.self)
        admins.get("", .admin, use: list)
        admins.get("invitations", .admin, use: listInvitations)
        admins.post("invitations", .admin, use: invite)
        admins.get("invitations/{invitationId}", .admin, use: findInvitation)
        admins.delete("invitations/{invitationId}", .admin, use: revokeInvitation)
        admins.delete("/{personId}", .admin, use: remove)
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        return .page(try await team.admins(), nextCursor: nil) { $1.write(to: &$0) }
    }

    private func remove(_ request: Request, _ context: PlatformContext) async throws -> Response {
        try await team.removeAdmin(context.id("personId"), by: context.actor)
        return Response(status: .noContent)
    }

    private func listInvitations(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listPlatformInvitations", merchant: nil)
        let after = try cursor.map { try cursors.id(in: $0, for: scope, InvitationID.self) }
        let (page, next) = try await invitations.page(of: nil, after: after, limit: limit)
        return .page(page, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }

    private func invite(_ request: Request, _ context: PlatformContext) async throws -> Response {
        let body = try await request.bytes(context)
        let path = "\(APIBase.version1.rawValue)/platform-admins/invitations"
        return try await kept.answer(request, body, at: path, by: context.principal) {
            $0.created(under: path)
        } _: { answering in
            let email = try JSONBody(parsing: body).decode { fields in fields.required("email", .text(3...254)) }
            return try await invitations.invite(email, to: nil, role: nil, by: context.actor, answering: answering)
        }
    }

    private func findInvitation(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let invitation = try await invitations.find(context.id("invitationId"), of: nil)
        var writer = JSONWriter()
        invitation.write(to: &writer)
        return JSONResponse(.ok, writer)
    }

    private func revokeInvitation(_ request: Request, _ context: PlatformContext) async throws -> Response {
        try await invitations.revoke(context.id("invitationId"), of: nil, by: context.actor)
        return Response(status: .noContent)
    }
}

import Core
import Hummingbird
import Tenancy

/// `/team`: the people of a restaurant and those who are invited.
public struct TeamRoutes: Sendable {
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
        let members = base.group("team", context: MerchantContext.self)
        members.get("", .scope(Scope.teamRead), use: list)
        members.get("invitations", .scope(Scope.teamRead, .owner), use: listInvitations)
        members.post("invitations", .scope(Scope.teamWrite, .owner).loggedIn, use: invite)
        members.get("invitations/{invitationId}", .scope(Scope.teamRead, .owner), use: findInvitation)
        members.delete("invitations/{invitationId}", .scope(Scope.teamWrite, .owner).loggedIn, use: revokeInvitation)
        members.get("/{personId}", .scope(Scope.teamRead), use: find)
        members.patch("/{personId}", .scope(Scope.teamWrite, .owner).loggedIn, use: update)
        // Everybody may leave; taking somebody else out is the owner's.
        members.delete("/{personId}", .scope(Scope.teamWrite, .owner).orOneself("personId").loggedIn, use: remove)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listTeam", merchant: context.merchant)
        let after = try cursor.map { try cursors.id(in: $0, for: scope, PersonID.self) }
        let (members, next) = try await team.page(of: context.merchant, after: after, limit: limit)
        return .page(members, nextCursor: next.map { cursors.sign($0, for: scope) }) {
            $1.write(to: &$0, showsEmail: Self.showsEmails(context, of: $1.person))
        }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        // Without an ETag: half of it is the person's own and changes elsewhere.
        return JSONResponse(.ok, Self.json(try await team.find(context.id("personId"), of: context.merchant), context))
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let role = try await request.json(context).decode { fields in fields.required("role", .oneOf(Role.self)) }
        let member = try await team.setRole(role, of: context.id("personId"), at: context.merchant, by: context.actor)
        return JSONResponse(.ok, Self.json(member, context))
    }

    private func remove(_ request: Request, _ context: MerchantContext) async throws -> Response {
        try await team.remove(context.id("personId"), from: context.merchant, by: context.actor)
        return Response(status: .noContent)
    }

    // MARK: Invitations

    private func listInvitations(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listInvitations", merchant: context.merchant)
        let after = try cursor.map { try cursors.id(in: $0, for: scope, InvitationID.self) }
        let (page, next) = try await invitations.page(of: context.merchant, after: after, limit: limit)
        return .page(page, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }

    private func invite(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let body = try await request.bytes(context)
        let path = "\(APIBase.version1.rawValue)/team/invitations"
        return try await kept.answer(request, body, at: path, by: context.principal) {
            $0.created(under: path)
        } _: { answering in
            let (email, role) = try JSONBody(parsing: body).decode { fields in
                (fields.required("email", .text(3...254)), fields.required("role", .oneOf(Role.self)))
            }
            return try await invitations.invite(email, to: context.merchant, role: role, by: context.actor, answering: answering)
        }
    }

    private func findInvitation(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let invitation = try await invitations.find(context.id("invitationId"), of: context.merchant)
        var writer = JSONWriter()
        invitation.write(to: &writer)
        return JSONResponse(.ok, writer)
    }

    private func revokeInvitation(_ request: Request, _ context: MerchantContext) async throws -> Response {
        try await invitations.revoke(context.id("invitationId"), of: context.merchant, by: context.actor)
        return Response(status: .noContent)
    }

    // MARK: -

    private static func json(_ member: Member, _ context: MerchantContext) -> JSONWriter {
        var writer = JSONWriter()
        member.write(to: &writer, showsEmail: showsEmails(context, of: member.person))
        return writer
    }

    /// Agents see each other's names and not their addresses (attack A10).
    private static func showsEmails(_ context: MerchantContext, of person: PersonID) -> Bool {
        context.principal.role.map { $0 >= .manager } ?? true || context.principal.kind == .person(person)
    }
}

extension InvitationService.Made {
    /// 201 with the link, where it is shown, this once.
    func created(under path: String) -> JSONResponse {
        var writer = JSONWriter()
        invitation.write(to: &writer, link: link)
        return .created(at: "\(path)/\(invitation.id)", writer)
    }
}

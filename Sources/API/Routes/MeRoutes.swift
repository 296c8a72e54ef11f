import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// `/me` and `/auth/sessions`: a person's own account.
public struct MeRoutes: Sendable {
    private let people: PersonService
    private let login: LoginService
    private let sessions: SessionService

    public init(people: PersonService, login: LoginService, sessions: SessionService) {
        self.people = people
        self.login = login
        self.sessions = sessions
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let me = base.group("me", context: PersonContext.self)
        me.get("", .anyScope, use: find)
        me.patch("", .anyScope.loggedIn, use: update)
        me.post("password", .anyScope.loggedIn, use: changePassword)
        me.post("second-factor", .anyScope.loggedIn, use: proposeSecondFactor)
        me.post("second-factor/confirm", .anyScope.loggedIn, use: confirmSecondFactor)
        me.post("second-factor/remove", .anyScope.loggedIn, use: removeSecondFactor)
        let sessions = base.group("auth/sessions", context: PersonContext.self)
        sessions.get("", .anyScope.loggedIn, use: listSessions)
        sessions.delete("", .anyScope.loggedIn, use: revokeOtherSessions)
        sessions.delete("/{sessionId}", .anyScope.loggedIn, use: revokeSession)
    }

    private func find(_ request: Request, _ context: PersonContext) async throws -> JSONResponse {
        try Self.answer(await people.find(context.person))
    }

    private func update(_ request: Request, _ context: PersonContext) async throws -> JSONResponse {
        let (name, locale) = try await request.json(context).decode { fields in
            (
                fields.change("name", .name()),
                fields.change("locale", .text(2...5).matching(/[a-z]{2}(-[A-Z]{2})?/, "This must be a language such as ar or en-GB."))
            )
        }
        return try Self.answer(await people.update(context.person, name: name, locale: locale))
    }

    private func changePassword(_ request: Request, _ context: PersonContext) async throws -> Response {
        let session = try context.session()
        let (current, new) = try await request.json(context).decode { fields in
            (fields.required("currentPassword", .text(1...1024)), fields.required("newPassword", .text(1...1024)))
        }
        try await login.changePassword(of: context.person, from: current, to: new, keeping: session, by: context.actor)
        return Response(status: .noContent)
    }

    private func proposeSecondFactor(_ request: Request, _ context: PersonContext) async throws -> JSONResponse {
        let password = try await request.json(context).decode { fields in fields.required("password", .text(1...1024)) }
        let (secret, address) = try await login.proposeSecondFactor(for: context.person, password: password)
        return JSONResponse { writer in
            writer.member("secret", secret)
            writer.member("otpauthUrl", address)
        }
    }

    private func confirmSecondFactor(_ request: Request, _ context: PersonContext) async throws -> JSONResponse {
        let session = try context.session()
        let code = try await request.json(context).decode { fields in
            fields.required("totp", .text(6...6).matching(/[0-9]{6}/, "This must be six digits."))
        }
        let codes = try await login.confirmSecondFactor(for: context.person, code: code, keeping: session, by: context.actor)
        return JSONResponse { writer in
            writer.member("recoveryCodes", array: { for code in codes { $0.string(code) } })
        }
    }

    private func removeSecondFactor(_ request: Request, _ context: PersonContext) async throws -> Response {
        let session = try context.session()
        let (password, factor) = try await request.json(context).decode { fields in
            let password = fields.required("password", .text(1...1024))
            let factor = try fields.secondFactor()
            if factor == nil, fields.isAbsent("totp"), fields.isAbsent("recoveryCode") {
                fields.reject("totp", "required", "Send totp or recoveryCode.")
            }
            return (password, factor)
        }
        // Without a factor the reader has refused; this is for the compiler.
        guard let factor else { throw Problem(.validationFailed) }
        try await login.removeSecondFactor(of: context.person, password: password, factor: factor, keeping: session, by: context.actor)
        return Response(status: .noContent)
    }

    private func listSessions(_ request: Request, _ context: PersonContext) async throws -> JSONResponse {
        let list = try await sessions.list(of: context.person)
        return .page(list, nextCursor: nil) { $1.write(to: &$0, isCurrent: $1.id == context.principal.session) }
    }

    private func revokeSession(_ request: Request, _ context: PersonContext) async throws -> Response {
        try await sessions.revoke(context.id("sessionId"), of: context.person, by: context.actor)
        return Response(status: .noContent)
    }

    private func revokeOtherSessions(_ request: Request, _ context: PersonContext) async throws -> Response {
        let session = try context.session()
        try await sessions.revokeOthers(than: session, of: context.person, by: context.actor)
        return Response(status: .noContent)
    }

    private static func answer(_ found: (Person, [Membership])) -> JSONResponse {
        var writer = JSONWriter()
        found.0.write(to: &writer, found.1)
        return JSONResponse(.ok, writer)
    }
}

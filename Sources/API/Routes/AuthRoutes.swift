import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// `/auth` for whoever is not logged in yet: login, the next access token, logout, a new password.
public struct AuthRoutes: Sendable {
    private let login: LoginService
    private let sessions: SessionService
    private let people: PersonService

    public init(login: LoginService, sessions: SessionService, people: PersonService) {
        self.login = login
        self.sessions = sessions
        self.people = people
    }

    /// Adds the routes to a group without a credential, under one base of the API.
    public func add(to base: RouterGroup<AppRequestContext>) {
        let auth = base.group("auth")
        auth.post("login", use: logIn)
        auth.post("refresh", use: refresh)
        auth.post("logout", use: logOut)
        auth.post("password-reset", use: requestReset)
        auth.post("password-reset/confirm", use: confirmReset)
    }

    private func logIn(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        let (email, password, factor) = try await request.json(context).decode { fields in
            (
                fields.required("email", .text(1...254)),
                fields.required("password", .text(1...1024)),
                try fields.secondFactor()
            )
        }
        let loggedIn = try await login.logIn(
            email: email,
            password: password,
            secondFactor: factor,
            device: AuthCookies.device(request),
            by: context.trace.actor
        )
        return try await answer(loggedIn.tokens).settingCookies([AuthCookies.setDevice(loggedIn.device)])
    }

    private func refresh(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        guard let token = AuthCookies.refreshToken(request) else {
            throw Problem(.credentialRequired, detail: "There is no session to continue.")
        }
        do {
            return try await answer(sessions.refresh(token, by: context.trace.actor))
        } catch let failure as AuthenticationFailure {
            var problem = Problem(failure)
            problem.headers.append(HTTPField(name: .setCookie, value: AuthCookies.clearRefreshToken))
            throw problem
        }
    }

    private func logOut(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        if let token = AuthCookies.refreshToken(request) { try await sessions.logOut(refreshToken: token, by: context.trace.actor) }
        return Response(status: .noContent, headers: [.setCookie: AuthCookies.clearRefreshToken])
    }

    /// 202 whoever has the address.
    private func requestReset(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let email = try await request.json(context).decode { fields in fields.required("email", .text(1...254)) }
        try await login.requestReset(email: email, by: context.trace.actor)
        return Response(status: .accepted)
    }

    private func confirmReset(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (token, password) = try await request.json(context).decode { fields in
            (fields.required("token", .text(1...100)), fields.required("password", .text(1...1024)))
        }
        let device = try await login.reset(token: token, password: password, by: context.trace.actor)
        var headers: HTTPFields = [.setCookie: AuthCookies.setDevice(device)]
        headers.append(HTTPField(name: .setCookie, value: AuthCookies.clearRefreshToken))
        return Response(status: .noContent, headers: headers)
    }

    private func answer(_ tokens: SessionTokens) async throws -> JSONResponse {
        let (person, memberships) = try await people.find(tokens.person)
        return JSONResponse { writer in
            writer.member("accessToken", tokens.accessToken.reveal())
            writer.member("tokenType", "Bearer")
            writer.member("expiresIn", tokens.accessLifetime.components.seconds)
            writer.member("sessionId", tokens.session)
            writer.key("person")
            person.write(to: &writer, memberships)
        }.settingCookies([AuthCookies.setRefreshToken(tokens.refreshToken, until: tokens.refreshUntil)])
    }
}

extension FieldReader {
    /// `totp` or `recoveryCode`, not both.
    mutating func secondFactor() throws -> LoginService.SecondFactor? {
        let code = optional("totp", .text(6...6).matching(/[0-9]{6}/, "This must be six digits."))
        let recovery = optional("recoveryCode", .text(16...32))
        if code != nil, recovery != nil { reject("recoveryCode", "not_allowed", "Send either totp or recoveryCode.") }
        return code.map { .code($0) } ?? recovery.map { .recoveryCode($0) }
    }
}

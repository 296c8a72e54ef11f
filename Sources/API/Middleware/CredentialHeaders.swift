import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// What a request presents: a key or token of ours, or a session's access token.
enum RequestCredential: Sendable {
    case token(PresentedCredential)
    case session(SessionToken)
}

/// Reads who a request says it is from its header fields (`api.md` 3), without looking anything up.
enum CredentialHeaders {
    /// The one credential of the request.
    ///
    /// - Throws: `Problem` 400 for two of them, 401 for none, one in the URL, or one that is not a token of ours.
    static func credential(_ request: Request) throws -> RequestCredential {
        try refuseCredentialInURL(request)
        let keys = request.headers[values: .apiKey]
        let authorizations = request.headers[values: .authorization]
        guard keys.count <= 1, authorizations.count <= 1 else {
            throw Problem(.repeatedHeader, detail: "A credential header was sent twice.")
        }
        guard keys.isEmpty || authorizations.isEmpty else {
            throw Problem(.conflictingCredentials, detail: "Send either X-API-Key or Authorization.")
        }
        if let key = keys.first {
            // A person's token comes as a bearer token only.
            guard let credential = PresentedCredential(key), credential.kind != .personalAccessToken else {
                throw Problem(.invalidCredential)
            }
            return .token(credential)
        }
        guard let authorization = authorizations.first else { throw Problem(.credentialRequired) }
        guard let space = authorization.firstIndex(of: " "), authorization[..<space].lowercased() == "bearer" else {
            throw Problem(.invalidCredential)
        }
        let text = authorization[authorization.index(after: space)...]
        if let credential = PresentedCredential(text) { return .token(credential) }
        guard let token = SessionToken(text) else { throw Problem(.invalidCredential) }
        return .session(token)
    }

    /// The restaurant of `X-Restaurant-Id`; nil when the header was not sent.
    ///
    /// - Throws: `Problem` 400 unless it is exactly one UUID.
    static func restaurant(_ request: Request) throws -> MerchantID? {
        let values = request.headers[values: .restaurantID]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw Problem(.repeatedHeader, detail: "X-Restaurant-Id was sent twice.") }
        guard let merchant = MerchantID(value) else {
            throw Problem(.invalidRestaurantID, detail: "X-Restaurant-Id must be one UUID.")
        }
        return merchant
    }

    /// URLs end up in logs and histories, so a credential there is refused even beside a good one.
    ///
    /// - Parameter parameter: which may hold one of ours, because it is made for that.
    static func refuseCredentialInURL(_ request: Request, except parameter: String? = nil) throws {
        guard let query = request.uri.query, !query.isEmpty else { return }
        for (name, value) in try QueryReader.parse(query)
        where name != parameter
            && (names.contains(name.lowercased()) || TokenFormat.isMentioned(in: value) || SessionToken(value) != nil)
        {
            throw Problem(.credentialInURL, detail: "Send credentials in a header; this one should be revoked.")
        }
    }

    private static let names: Set<String> = [
        "access_token", "accesstoken", "api-key", "api_key", "apikey", "authorization", "bearer", "pat", "x-api-key",
    ]
}

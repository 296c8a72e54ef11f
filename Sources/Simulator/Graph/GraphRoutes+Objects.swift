import Core
import HTTPTypes
import Hummingbird

/// Numbers, accounts and subscriptions (A3, A13).
extension GraphRoutes {
    /// The account of an id, if the token belongs to one of its numbers.
    func account(_ id: String, token: String?, method: String, _ state: SimulatorState) throws(GraphError) -> AccountState {
        guard let token, state.isKnown(token) else { throw .badToken }
        let isOwner = state.numbers.values.contains {
            $0.phone.wabaID == id && $0.isTokenValid && $0.phone.accessToken.reveal() == token
        }
        guard isOwner, let account = state.accounts[id] else { throw .unknownObject(id, method: method) }
        return account
    }

    static func fields(_ request: Request) -> [String] {
        request.query("fields")?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
    }

    /// `GET /{id}`: a number, a template, media, or a media link.
    func readObject(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        if context.parameters.get("version") == Self.lookaside { return try download(link: id, token: token) }
        let fields = Self.fields(request)
        let base = meta.configuration.publicURL ?? "http://" + (request.head.authority ?? "localhost")
        let owner = request.query("phone_number_id")
        return jsonAnswer(
            try meta.change { state, now throws(GraphError) in
                if state.numbers[id] != nil {
                    return try state.authorise(phoneNumberID: id, token: token, method: "get").json(fields: fields, state: state)
                }
                guard let token, state.isKnown(token) else { throw .badToken }
                if let number = Int64(id), let template = state.templates.byID[number] {
                    _ = try account(template.wabaID, token: token, method: "get", state)
                    return template.json(fields: fields)
                }
                return try state.describeMedia(id, token: token, owner: owner, base: base, at: now)
            }
        )
    }

    /// `POST /{id}`: the callback of a number, or another text for a template.
    func changeObject(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        let body = try await json(request)
        let isNumber = meta.change { state, _ in state.numbers[id] != nil }
        guard isNumber else { return try editTemplate(id, body, token: token) }
        let number = try meta.change { state, _ throws(GraphError) in
            try state.authorise(phoneNumberID: id, token: token, method: "post")
        }
        guard let configuration = body["webhook_configuration"] else { throw GraphError.missing("webhook_configuration") }
        let override = try callbackOverride(configuration)
        if let override { try await verify(override, wabaID: number.phone.wabaID) }
        meta.change { state, _ in state.numbers[id]?.callback = override }
        return jsonAnswer(["success": true])
    }

    /// `DELETE /{id}`: media.
    func deleteObject(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        try meta.change { state, now throws(GraphError) in
            guard let token, state.isKnown(token) else { throw .badToken }
            guard state.media.find(id, at: now) != nil, state.media.remove(id) else { throw .unknownObject(id, method: "delete") }
        }
        return jsonAnswer(["success": true])
    }

    func listNumbers(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        let fields = Self.fields(request)
        return jsonAnswer(
            try meta.change { state, _ throws(GraphError) in
                _ = try account(id, token: token, method: "get", state)
                let numbers = state.numberOrder.compactMap { state.numbers[$0] }.filter { $0.phone.wabaID == id }
                return ["data": .array(numbers.map { $0.json(fields: fields, state: state) })]
            }
        )
    }

    // MARK: Subscriptions

    func listSubscriptions(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        return jsonAnswer(
            try meta.change { state, _ throws(GraphError) in
                let account = try account(id, token: token, method: "get", state)
                return [
                    "data": .array(
                        account.subscribedApps.map { app in
                            [
                                "whatsapp_business_api_data": ["id": .string(app), "name": "Simulated app"],
                                "override_callback_uri": .optional(account.callback?.url),
                            ]
                        }
                    )
                ]
            }
        )
    }

    /// With a body it overrides the account's callback, without one it returns to the app's.
    func subscribe(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        let body = try await json(request)
        let override = try callbackOverride(body)
        _ = try meta.change { state, _ throws(GraphError) in try account(id, token: token, method: "post", state) }
        if let override { try await verify(override, wabaID: id) }
        meta.change { state, _ in
            state.accounts[id]?.callback = override
            if state.accounts[id]?.subscribedApps.isEmpty == true, let app = state.configuration.apps.first {
                state.accounts[id]?.subscribedApps = [app.appID]
            }
        }
        return jsonAnswer(["success": true])
    }

    func unsubscribe(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        try meta.change { state, _ throws(GraphError) in
            _ = try account(id, token: token, method: "delete", state)
            state.accounts[id]?.subscribedApps = []
        }
        return jsonAnswer(["success": true])
    }

    /// Nil when the body names no callback, or an empty one.
    private func callbackOverride(_ body: JSONValue) throws(GraphError) -> CallbackOverride? {
        guard let address = body["override_callback_uri"], address.string != "" else { return nil }
        try MessageValidation.webAddress(address, "override_callback_uri")
        guard let url = address.string, url.utf8.count <= 200 else {
            throw .parameter("Param override_callback_uri must be at most 200 characters long.")
        }
        let token = try MessageValidation.text(body["verify_token"], "verify_token", limit: 1024)
        return CallbackOverride(url: url, verifyToken: Secret(token))
    }

    /// An override is taken only after its callback has answered the challenge (A1).
    private func verify(_ override: CallbackOverride, wabaID: String) async throws {
        let app = meta.change { state, _ in
            state.accounts[wabaID]?.subscribedApps.first.flatMap { state.apps[$0] } ?? state.configuration.apps.first
        }
        guard let app else { throw GraphError(code: 2200, details: "no app is subscribed") }
        let result = await meta.verifier.verify(
            url: override.url,
            app: app,
            token: override.verifyToken,
            challenge: String(UInt32.random(in: 100_000_000 ... .max)),
            at: meta.now()
        )
        meta.change { state, _ in
            state.verifications.append(result)
            if state.verifications.count > 100 { state.verifications.removeFirst() }
        }
        guard result.isVerified else {
            throw GraphError(code: 2200, message: "(#2200) Callback verification failed with the following errors: \(result.detail)")
        }
    }
}

extension NumberState {
    /// A number as Graph reads it: the fields asked for, a short set when none were.
    func json(fields: [String], state: SimulatorState) -> JSONValue {
        let perSecond = state.configuration.limits.throughputPerSecond
        let all: JSONObject = JSONObject([
            "verified_name": .string(phone.restaurantName),
            "display_phone_number": .string("+" + phone.displayNumber),
            "quality_rating": .string(qualityRating),
            "code_verification_status": "VERIFIED",
            "status": .string(status),
            "name_status": "APPROVED",
            "platform_type": "CLOUD_API",
            "throughput": ["level": perSecond == 0 || perSecond > 80 ? "HIGH" : "STANDARD"],
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "webhook_configuration": [
                "phone_number": .optional(callback?.url),
                "whatsapp_business_account": .optional(state.accounts[phone.wabaID]?.callback?.url),
                "application": .string(state.configuration.callbackURL),
            ],
            "id": .string(phone.phoneNumberID),
        ])
        let wanted =
            fields.isEmpty
            ? ["verified_name", "code_verification_status", "display_phone_number", "quality_rating", "platform_type", "throughput"]
            : fields
        var chosen = JSONObject()
        for member in all.members where wanted.contains(member.key) || member.key == "id" { chosen[member.key] = member.value }
        return .object(chosen)
    }
}

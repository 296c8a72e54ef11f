import Core
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The Graph API (A9–A11) below `graphPath`. Errors have Meta's shape; nothing here throws anything else but an oversized body.
struct GraphRoutes<Context: RequestContext>: Sendable {
    let meta: SimulatedMeta

    /// Messages are at most some kilobytes; this is far above every limit of A9.
    private static var bodyLimit: Int { 1 << 20 }

    func add(to router: some RouterMethods<Context>) {
        let graph = router.group(RouterPath(meta.configuration.graphPath))
        graph.post(":version/:object/messages", use: guarded(send))
        graph.post(":version/:object/media", use: guarded(uploadMedia))
        graph.get(":version/:object/message_templates", use: guarded(listTemplates))
        graph.post(":version/:object/message_templates", use: guarded(createTemplate))
        graph.delete(":version/:object/message_templates", use: guarded(deleteTemplate))
        graph.get(":version/:object/subscribed_apps", use: guarded(listSubscriptions))
        graph.post(":version/:object/subscribed_apps", use: guarded(subscribe))
        graph.delete(":version/:object/subscribed_apps", use: guarded(unsubscribe))
        graph.get(":version/:object/phone_numbers", use: guarded(listNumbers))
        graph.get(":version/:object", use: guarded(readObject))
        graph.post(":version/:object", use: guarded(changeObject))
        graph.delete(":version/:object", use: guarded(deleteObject))
    }

    /// Turns Graph errors into answers and refuses paths without a version.
    private func guarded(
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) -> @Sendable (Request, Context) async throws -> Response {
        { request, context in
            do {
                // The links of media have no version; they are `lookaside/{token}`.
                let version = context.parameters.get("version") ?? ""
                guard version == Self.lookaside || Self.isVersion(version) else {
                    throw GraphError(code: 2500, message: "Unknown path components: /\(version)")
                }
                return try await handler(request, context)
            } catch let error as GraphError {
                let trace = meta.change { state, _ in
                    state.counters.graphRefused += 1
                    return state.ids.token()
                }
                return jsonAnswer(error.json(trace: trace), status: HTTPResponse.Status(code: error.status))
            }
        }
    }

    static var lookaside: String { "lookaside" }

    private static func isVersion(_ text: String) -> Bool {
        guard text.hasPrefix("v"), let number = Double(text.dropFirst()) else { return false }
        return (1...200).contains(number)
    }

    func object(_ context: Context) -> String { context.parameters.get("object") ?? "" }

    func json(_ request: Request) async throws -> JSONValue {
        let bytes = try await request.bytes(upTo: Self.bodyLimit)
        if bytes.isEmpty { return .object(JSONObject()) }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw GraphError.parameter("The body is not valid JSON: \(error)")
        }
    }

    // MARK: Messages

    private func send(_ request: Request, _ context: Context) async throws -> Response {
        let phoneNumberID = object(context)
        let token = request.bearerToken
        let body = try await json(request)
        _ = try meta.change { state, _ throws(GraphError) in
            try state.authorise(phoneNumberID: phoneNumberID, token: token, method: "post")
        }
        switch try MessageRequest(json: body) {
        case .read(let messageID, let showsTyping):
            try meta.change { state, now throws(GraphError) in
                let number = try state.authorise(phoneNumberID: phoneNumberID, token: token, method: "post")
                try state.markRead(messageID, showsTyping: showsTyping, by: number, at: now)
            }
            return jsonAnswer(["success": true])
        case .message(let message):
            return try await send(message, from: phoneNumberID, token: token, context)
        }
    }

    private func send(_ message: OutboundMessage, from phoneNumberID: String, token: String?, _ context: Context) async throws -> Response {
        let fate = meta.change { state, _ in state.fate(phoneNumberID: phoneNumberID) }
        if fate.delay > .zero { await pause(fate.delay) }
        if let fault = fate.fault, fault.kind == .error { throw GraphError(code: fault.code) }
        var answer: JSONValue = .null
        if fate.fault?.takesTheMessage ?? true {
            answer = try meta.change { state, now throws(GraphError) in
                let number = try state.authorise(phoneNumberID: phoneNumberID, token: token, method: "post")
                return try state.send(message, from: number, fault: fate.fault, at: now)
            }
        }
        switch fate.fault?.kind {
        case .timeout:
            await pause(meta.configuration.delays.heldRequest)
            return brokenOff(context)
        case .close:
            return brokenOff(context)
        case .serverError:
            return Response(status: HTTPResponse.Status(code: fate.fault?.status ?? 503))
        default:
            return jsonAnswer(answer)
        }
    }

    /// Sleeps, but not beyond the server's shutdown.
    private func pause(_ duration: Duration) async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
    }

    /// A response that ends the connection instead of an answer.
    private func brokenOff(_ context: Context) -> Response {
        (context as? any ClosableRequestContext)?.closeConnection()
        return Response(status: .ok, body: ResponseBody(contentLength: 512) { _ in throw ConnectionBrokenOff() })
    }
}

/// Ends a connection in the middle of a response, as a fault asked for.
struct ConnectionBrokenOff: Error {}

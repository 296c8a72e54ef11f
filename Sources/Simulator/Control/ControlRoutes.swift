import Core
import HTTPTypes
import Hummingbird

/// The simulator's own API below `/simulator`: for people, pages and tests, not Meta's. JSON in, JSON out, errors as `{"error":{"pointer","message"}}`.
///
/// It has no authentication: whoever runs a simulator reaches it on a loopback address. Requests from foreign web pages are refused.
struct ControlRoutes<Context: RequestContext>: Sendable {
    let meta: SimulatedMeta
    let resources: PhoneResources

    static var bodyLimit: Int { 4 << 20 }

    func add(to router: some RouterMethods<Context>) {
        let control = router.group("simulator")
        control.get("state", use: guarded(readState))
        control.post("verify", use: guarded(verify))
        control.post("reset", use: guarded(reset))

        control.get("numbers", use: guarded(listNumbers))
        control.post("numbers", use: guarded(addNumber))
        control.patch("numbers/:number", use: guarded(changeNumber))
        control.get("numbers/:number/threads", use: guarded(listThreads))

        control.post("customers/:customer/messages", use: guarded(sendMessage))
        control.patch("customers/:customer", use: guarded(changeCustomer))
        control.post("batches", use: guarded(sendBatch))
        control.post("statuses", use: guarded(sendStatus))
        control.post("updates", use: guarded(sendAccountUpdate))

        control.get("threads/:number/:customer", use: guarded(readThread))
        control.get("threads/:number/:customer/events", use: guarded(streamThread))
        control.post("threads/:number/:customer/read", use: guarded(markThreadRead))
        control.post("threads/:number/:customer/window", use: guarded(moveWindow))

        control.get("sent", use: guarded(listSent))
        control.get("sent/counts", use: guarded(countSent))
        control.delete("sent", use: guarded(clearSent))

        control.post("media", use: guarded(addMedia))
        control.get("media/:id", use: guarded(readMedia))
        control.get("templates", use: guarded(listTemplates))
        control.post("templates/:id/status", use: guarded(changeTemplate))

        control.get("faults", use: guarded(listFaults))
        control.post("faults", use: guarded(addFaults))
        control.delete("faults", use: guarded(clearFaults))
        control.delete("faults/:id", use: guarded(removeFault))
    }

    private func guarded(
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) -> @Sendable (Request, Context) async throws -> Response {
        { request, context in
            do {
                if let site = HTTPField.Name("sec-fetch-site"), request.headers[site] == "cross-site" {
                    throw ControlError(.forbidden, "Requests from other web sites are refused.")
                }
                return try await handler(request, context)
            } catch let problem as FieldProblem {
                return ControlError(.unprocessableContent, problem.message, pointer: problem.pointer).response
            } catch let problem as JSONSyntaxError {
                return ControlError(.badRequest, "The body is not JSON: \(problem)").response
            } catch let error as GraphError {
                return ControlError(.unprocessableContent, error.details ?? error.message).response
            } catch let error as ControlError {
                return error.response
            }
        }
    }

    func json(_ request: Request) async throws -> JSONValue {
        let bytes = try await request.bytes(upTo: Self.bodyLimit)
        return bytes.isEmpty ? .object(JSONObject()) : try JSONValue(parsing: bytes)
    }

    /// The number in the path or in the body.
    func number(_ id: String, _ state: SimulatorState) throws(ControlError) -> NumberState {
        guard let number = state.numbers[id] else { throw ControlError(.notFound, "There is no number \(id.prefix(40)).") }
        return number
    }

    func threadKey(_ context: Context) throws(ControlError) -> ThreadKey {
        let customer = try customerKey(context)
        return ThreadKey(phoneNumberID: context.parameters.get("number") ?? "", customer: customer)
    }

    func customerKey(_ context: Context) throws(ControlError) -> String {
        let key = context.parameters.get("customer") ?? ""
        guard Customer.isKey(key) else {
            throw ControlError(.unprocessableContent, "A customer is 7 to 15 digits, or a business-scoped user id such as SA.1234.")
        }
        return key
    }

    // MARK: The whole

    private func readState(_ request: Request, _ context: Context) async throws -> Response {
        jsonAnswer(
            meta.change { state, _ in
                [
                    "callbackUrl": .string(state.configuration.callbackURL),
                    "verifications": .array(state.verifications.map(\.json)),
                    "counters": state.counters.json,
                    "pendingUpdates": .int(state.outbox.pending), "activeWebhooks": .int(state.activeWebhooks),
                    "timers": .int(state.timers.count), "threads": .int(state.threads.count), "media": .int(state.media.count),
                    "mediaBytes": .int(state.media.totalBytes), "watchers": .int(state.watchers.count), "sent": .int(state.sent.total),
                ]
            }
        )
    }

    private func verify(_ request: Request, _ context: Context) async throws -> Response {
        jsonAnswer(["verifications": .array(await meta.verifyCallbacks().map(\.json))])
    }

    /// Forgets conversations, sends, media, pending webhooks and faults; numbers and templates stay.
    private func reset(_ request: Request, _ context: Context) async throws -> Response {
        meta.change { state, _ in
            for key in state.threads.keys { state.watchers.send("reset", .object(JSONObject()), to: key) }
            state.threads = [:]
            state.customers = [:]
            state.customersByUserID = [:]
            state.sent = SentLog(limit: state.configuration.limits.sentLog)
            state.media.removeAll()
            state.timers.removeAll()
            state.outbox.removeAll()
            state.faults = FaultPlan(rules: [], seed: state.configuration.seed)
            state.counters = SimulatorCounters()
        }
        return jsonAnswer(["reset": true])
    }
}

/// A refusal of the control API.
struct ControlError: Error, Sendable {
    let status: HTTPResponse.Status
    let message: String
    let pointer: String?

    init(_ status: HTTPResponse.Status, _ message: String, pointer: String? = nil) {
        self.status = status
        self.message = message
        self.pointer = pointer
    }

    var response: Response {
        jsonAnswer(["error": ["pointer": .optional(pointer), "message": .string(message)]], status: status)
    }
}

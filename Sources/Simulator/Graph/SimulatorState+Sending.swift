import Core

/// How the answer to an accepted or refused send goes wrong.
struct SendFate: Sendable {
    /// Before anything happens.
    let delay: Duration
    let fault: FaultRule?
}

extension SimulatorState {
    /// The number, if the token may use it.
    func authorise(phoneNumberID: String, token: String?, method: String) throws(GraphError) -> NumberState {
        guard let token else { throw .badToken }
        // One look-up decides for nearly every request; only the others are worth a search.
        if let number = numbers[phoneNumberID], number.phone.accessToken.reveal() == token {
            guard number.isTokenValid else { throw .badToken }
            return number
        }
        guard isKnown(token) else { throw .badToken }
        throw .unknownObject(phoneNumberID, method: method)
    }

    /// Whether any number has this token, valid or not yet withdrawn.
    func isKnown(_ token: String) -> Bool {
        numbers.values.contains { $0.isTokenValid && $0.phone.accessToken.reveal() == token }
    }

    /// Which faults strike the next send of a number.
    mutating func fate(phoneNumberID: String) -> SendFate {
        let slow = faults.strike(.slow, phoneNumberID: phoneNumberID)
        let fault = faults.strike(.error, .failed, .lateFailed, .timeout, .close, .serverError, phoneNumberID: phoneNumberID)
        return SendFate(delay: .milliseconds(slow?.milliseconds ?? 0), fault: fault)
    }

    /// Takes a message or refuses it (A9, A12). The answer is Graph's.
    mutating func send(_ message: OutboundMessage, from number: NumberState, fault: FaultRule?, at now: Timestamp) throws(GraphError)
        -> JSONValue
    {
        let phoneNumberID = number.phone.phoneNumberID
        let customerKey: String
        let input: String
        var groupID: String?
        switch message.recipient {
        case .number(let digits, let given): (customerKey, input) = (digits, given)
        case .user(let userID): (customerKey, input) = (self.customerKey(userID: userID), userID)
        case .group(let id): (customerKey, input, groupID) = (id, id, id)
        }
        guard customerKey != number.phone.displayNumber else { throw GraphError(code: 131_021) }
        let prepared = try prepare(message, wabaID: number.phone.wabaID, phoneNumberID: phoneNumberID, at: now)
        let key = ThreadKey(phoneNumberID: phoneNumberID, customer: customerKey)
        try spendRates(key, at: now)

        let isTemplate = message.type == "template"
        let isOpen = threads[key]?.isWindowOpen(at: now) ?? configuration.window.openForUnknownCustomers
        var refusal: Int?
        if !isTemplate, !isOpen, groupID == nil {
            switch configuration.window.enforcement {
            case .off: break
            case .answer: throw GraphError(code: 131_047)
            case .status: refusal = 131_047
            }
        }
        let id = ids.next(customer: customerKey, fromCustomer: false)
        let receipt = StatusReceipt(
            opaqueData: message.opaqueData,
            category: prepared.category,
            isInsideWindow: isOpen,
            groupID: groupID
        )
        let customer = customer(customerKey)
        var isReadByPage = false
        let kept = configuration.limits.entriesPerThread
        let entry = changeThread(key, at: now) { thread in
            isReadByPage = thread.isReadByPage
            thread.typingUntil = nil
            return thread.append(
                id: id,
                direction: .business,
                content: prepared.content,
                state: .accepted,
                receipt: receipt,
                at: now,
                keeping: kept
            )
        }
        watchers.send("entry", entry.json, to: key)
        let steps = statusSteps(
            at: now,
            isReachable: customer.reachable,
            refusal: refusal,
            fault: fault,
            isReadByPage: isReadByPage
        )
        if let first = steps.first {
            timers.schedule(.status(StatusPlan(key: key, messageID: id, receipt: receipt, steps: steps)), at: first.due)
        }
        sent.append(
            at: now,
            id: id,
            phoneNumberID: phoneNumberID,
            customer: customerKey,
            type: message.type,
            opaqueData: message.opaqueData,
            answer: Self.answerName(fault),
            request: message.request
        )
        counters.graphAccepted += 1
        return [
            "messaging_product": "whatsapp",
            "contacts": [["input": .string(input), "wa_id": .optional(customer.waID), "user_id": .optional(customer.userID)]],
            "messages": [["id": .string(id), "message_status": isTemplate ? "accepted" : nil]],
        ]
    }

    private static func answerName(_ fault: FaultRule?) -> String {
        switch fault?.kind {
        case .timeout, .close, .serverError: fault?.kind.rawValue ?? "ok"
        default: "ok"
        }
    }

    /// What needs the state: templates and media must exist.
    private mutating func prepare(
        _ message: OutboundMessage,
        wabaID: String,
        phoneNumberID: String,
        at now: Timestamp
    ) throws(GraphError) -> (content: JSONValue, category: String) {
        if MediaKind(rawValue: message.type) != nil, let id = message.content[message.type]?["id"]?.string {
            try checkMedia(id, type: message.type, at: now)
        }
        guard message.type == "template", let payload = message.content["template"] else { return (message.content, "service") }
        let name = payload["name"]?.string ?? ""
        let language = payload["language"]?["code"]?.string ?? ""
        guard let template = templates.find(wabaID: wabaID, name: name, language: language) else {
            throw GraphError(code: 132_001, details: "template name (\(name)) does not exist in \(language)")
        }
        if case .user = message.recipient, template.category == "AUTHENTICATION" { throw GraphError(code: 131_062) }
        let rendered = try TemplateRendering.render(template, with: payload)
        guard var content = message.content.object else { return (message.content, "service") }
        content["rendered"] = rendered
        return (.object(content), template.category.lowercased())
    }

    private mutating func checkMedia(_ id: String, type: String, at now: Timestamp) throws(GraphError) {
        guard media.find(id, at: now) != nil else {
            throw .parameter("Param \(type)['id'] is not a valid whatsapp business account media attachment ID")
        }
    }

    /// Pair and number limits (A13) as one moment each: when what was borrowed is paid back.
    private mutating func spendRates(_ key: ThreadKey, at now: Timestamp) throws(GraphError) {
        let limits = configuration.limits
        let pairPaid = max(threads[key]?.pairPaidUntil ?? now, now) + limits.pairInterval
        if limits.pairBurst > 0, pairPaid - now > limits.pairInterval * limits.pairBurst { throw GraphError(code: 131_056) }
        if limits.throughputPerSecond > 0 {
            let cost = Duration.nanoseconds(1_000_000_000 / limits.throughputPerSecond)
            let paid = max(numbers[key.phoneNumberID]?.throughputPaidUntil ?? now, now) + cost
            guard paid - now <= .seconds(1) else {
                throw GraphError(
                    code: 130_429,
                    details:
                        "Message failed to send because there were too many messages sent from this phone number in a short period of time."
                )
            }
            numbers[key.phoneNumberID]?.throughputPaidUntil = paid
        }
        if limits.pairBurst > 0 { changeThread(key, at: now) { $0.pairPaidUntil = pairPaid } }
    }

    /// The business marks a message, and all before it, as read (A9).
    mutating func markRead(_ messageID: String, showsTyping: Bool, by number: NumberState, at now: Timestamp) throws(GraphError) {
        guard let customer = MessageIDSource.customer(of: messageID) else {
            throw .parameter("Param message_id is not a valid WhatsApp message ID.")
        }
        let key = ThreadKey(phoneNumberID: number.phone.phoneNumberID, customer: customer)
        guard threads[key] != nil else { return }
        guard let ids = threads[key]?.markReadByBusiness(upTo: messageID) else {
            throw .parameter("Param message_id must be the ID of an incoming message.")
        }
        if !ids.isEmpty { watchers.send("state", ["ids": .array(ids.map { .string($0) }), "state": "read"], to: key) }
        if showsTyping {
            threads[key]?.typingUntil = now + .seconds(25)
            watchers.send("typing", ["milliseconds": 25_000], to: key)
        }
    }
}

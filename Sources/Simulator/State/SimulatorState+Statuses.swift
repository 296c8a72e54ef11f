import Core

extension SimulatorState {
    /// Runs the next step of a message's life and schedules the one after.
    mutating func advance(_ plan: StatusPlan, at now: Timestamp) {
        var plan = plan
        guard let step = plan.steps.popFirst() else { return }
        let isSilent: Bool
        switch step.state {
        case .sent: isSilent = faults.strike(.missingSent, phoneNumberID: plan.key.phoneNumberID) != nil
        case .delivered: isSilent = faults.strike(.missingDelivered, phoneNumberID: plan.key.phoneNumberID) != nil
        case .read: isSilent = faults.strike(.missingRead, phoneNumberID: plan.key.phoneNumberID) != nil
        default: isSilent = false
        }
        var readNow = false
        var shown = step.state
        if let index = threads[plan.key]?.index(of: plan.messageID) {
            // A page that reads by itself needs no automatic reader.
            if step.state == .read, threads[plan.key]?.isReadByPage == true { return }
            threads[plan.key]?.update(index) { entry in
                if step.state > entry.state { entry.state = step.state }
                entry.errorCode = step.errorCode ?? entry.errorCode
                if step.state == .delivered, entry.readEarly {
                    entry.state = .read
                    readNow = true
                }
                shown = entry.state
            }
            watchers.send(
                "state",
                ["ids": [.string(plan.messageID)], "state": .string(shown.name), "errorCode": step.errorCode.map { .int($0) }],
                to: plan.key
            )
        }
        if !isSilent {
            publishStatus(step.state.name, of: plan.messageID, key: plan.key, receipt: plan.receipt, errorCode: step.errorCode, at: now)
        }
        if readNow { publishStatus("read", of: plan.messageID, key: plan.key, receipt: plan.receipt, errorCode: nil, at: now) }
        if let next = plan.steps.first { timers.schedule(.status(plan), at: next.due) }
    }

    mutating func publishStatus(
        _ status: String,
        of id: String,
        key: ThreadKey,
        receipt: StatusReceipt,
        errorCode: Int?,
        at now: Timestamp
    ) {
        guard let number = numbers[key.phoneNumberID] else { return }
        let customer = customer(key.customer)
        let json = StatusUpdate.json(
            id: id,
            status: status,
            at: now,
            customer: customer,
            receipt: receipt,
            errorCode: errorCode,
            graphVersion: configuration.graphVersion
        )
        let update = WebhookUpdate(
            wabaID: number.phone.wabaID,
            phoneNumberID: key.phoneNumberID,
            payload: .status(json, contact: StatusUpdate.contact(customer, status: status))
        )
        publish(update, customer: key.customer, at: now)
    }

    /// The steps of an accepted message.
    func statusSteps(at now: Timestamp, isReachable: Bool, refusal: Int?, fault: FaultRule?, isReadByPage: Bool) -> ArraySlice<
        StatusPlan.Step
    > {
        let delays = configuration.delays
        if let refusal { return [.init(state: .failed, due: now + delays.sent, errorCode: refusal)] }
        if !isReachable { return [.init(state: .failed, due: now + delays.delivered, errorCode: 131_026)] }
        if let fault, fault.kind == .failed { return [.init(state: .failed, due: now + delays.sent, errorCode: fault.code)] }
        var steps: [StatusPlan.Step] = [
            .init(state: .sent, due: now + delays.sent, errorCode: nil),
            .init(state: .delivered, due: now + delays.delivered, errorCode: nil),
        ]
        if let fault, fault.kind == .lateFailed {
            steps.append(.init(state: .failed, due: now + delays.delivered + delays.delivered, errorCode: fault.code))
        } else if let read = delays.read, !isReadByPage {
            steps.append(.init(state: .read, due: now + max(read, delays.delivered), errorCode: nil))
        }
        steps.sort { $0.due < $1.due }
        return steps[...]
    }

    /// Does everything that is due. Returns when the next thing is.
    mutating func runTimers(at now: Timestamp) -> Timestamp? {
        while let action = timers.popDue(at: now) {
            switch action {
            case .status(let plan): advance(plan, at: now)
            case .release(let update): enqueue(update, customer: "released")
            case .retry(let post): outbox.appendRetry(post)
            case .templateReview(let id):
                if templates.byID[id]?.status == .pending { setTemplate(id, .approved, reason: "NONE", at: now) }
            }
        }
        return timers.nextDue
    }

    /// Changes a template's status and tells the account (A8).
    @discardableResult
    mutating func setTemplate(_ id: Int64, _ status: StoredTemplate.Status, reason: String, at now: Timestamp) -> StoredTemplate? {
        guard let template = templates.set(status, of: id) else { return nil }
        publishAccountUpdate(
            wabaID: template.wabaID,
            field: "message_template_status_update",
            [
                "event": .string(status.rawValue), "message_template_id": .int(id), "message_template_name": .string(template.name),
                "message_template_language": .string(template.language), "reason": .string(reason),
                "message_template_category": .string(template.category),
            ],
            at: now
        )
        return template
    }

    /// A management update (A8): it has `entry[].time`.
    mutating func publishAccountUpdate(wabaID: String, field: String, _ value: JSONValue, at now: Timestamp) {
        publish(
            WebhookUpdate(wabaID: wabaID, phoneNumberID: nil, payload: .value(field: field, value), time: now.unixSeconds),
            customer: "account",
            at: now
        )
    }
}

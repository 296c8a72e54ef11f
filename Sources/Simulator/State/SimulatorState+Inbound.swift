import Core

/// How much of themselves customers show (BSUID, A4).
enum CustomerIdentity: String, Sendable, CaseIterable {
    /// `wa_id` and `from` only.
    case phone
    /// Both, as since March 2026.
    case both
    /// `user_id` only: the customer hides the number.
    case user
}

extension SimulatorState {
    /// A customer sends a message: it becomes a bubble and a webhook.
    mutating func receive(
        _ message: InboundMessage,
        from customerKey: String,
        name: String?,
        identity: CustomerIdentity?,
        to number: NumberState,
        at now: Timestamp
    ) -> ThreadEntry {
        let update: WebhookUpdate
        let entry: ThreadEntry
        (update, entry) = compose(message, from: customerKey, name: name, identity: identity, to: number, at: now)
        publish(update, customer: customerKey, at: now)
        return entry
    }

    /// The bubble and its update, not yet published.
    mutating func compose(
        _ message: InboundMessage,
        from customerKey: String,
        name: String?,
        identity: CustomerIdentity?,
        to number: NumberState,
        at now: Timestamp
    ) -> (WebhookUpdate, ThreadEntry) {
        var customer = customer(customerKey, name: name)
        if let identity { customer = show(identity, of: customer) }
        let key = ThreadKey(phoneNumberID: number.phone.phoneNumberID, customer: customerKey)
        let id = ids.next(customer: customerKey, fromCustomer: true)
        let kept = configuration.limits.entriesPerThread
        let entry = changeThread(key, at: now) { thread in
            thread.lastInbound = now
            return thread.append(
                id: id,
                direction: .customer,
                content: message.content,
                state: .pending,
                at: now,
                keeping: kept
            )
        }
        watchers.send("entry", entry.json, to: key)
        counters.inboundMessages += 1

        let json = message.json(id: id, at: now, customer: customer)
        let contact = message.hasContact ? InboundMessage.contact(customer) : nil
        var payload = WebhookUpdate.Payload.message(json, contact: contact)
        if let errors = message.valueErrors {
            payload = .value(
                field: "messages",
                [
                    "messaging_product": "whatsapp", "metadata": metadata(key.phoneNumberID), "contacts": contact.map { .array([$0]) },
                    "messages": [json], "errors": errors,
                ]
            )
        }
        return (
            WebhookUpdate(wabaID: number.phone.wabaID, phoneNumberID: key.phoneNumberID, payload: payload, entry: (key, id)), entry
        )
    }

    private mutating func show(_ identity: CustomerIdentity, of customer: Customer) -> Customer {
        var customer = customer
        let isNumber = customer.key.utf8.allSatisfy { (0x30...0x39).contains($0) }
        switch identity {
        case .phone where isNumber:
            customer.waID = customer.key
            customer.userID = nil
        case .both where isNumber, .user where isNumber:
            customer.waID = identity == .both ? customer.key : nil
            customer.userID = "SA.\(customer.key)"
            customersByUserID["SA.\(customer.key)"] = customer.key
        default: break
        }
        customers[customer.key] = customer
        return customer
    }

    /// The webhook with these messages was answered with 200.
    mutating func markAccepted(_ entries: [(key: ThreadKey, id: String)]) {
        for (key, id) in entries {
            // A quick business has marked it as read before it answered the webhook.
            guard let index = threads[key]?.index(of: id), threads[key]?.entries[index].state == .pending else { continue }
            threads[key]?.update(index) { $0.state = .accepted }
            watchers.send("state", ["ids": [.string(id)], "state": "accepted"], to: key)
        }
    }

    /// The person at the phone page has seen everything up to now.
    mutating func readByCustomer(_ key: ThreadKey, at now: Timestamp) {
        let read = threads[key]?.markReadByCustomer() ?? []
        for entry in read {
            guard let receipt = entry.receipt else { continue }
            publishStatus("read", of: entry.id, key: key, receipt: receipt, errorCode: nil, at: now)
        }
    }
}

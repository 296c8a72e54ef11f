import Core

/// Reads a message as an outside bot tells it: `messageId`, `contact`, `type` and the member of its type, `groupId`, `quotedMessageId`.
enum OutsideMessage {
    /// What a customer can say.
    private enum ReceivedKind: String, CaseIterable {
        case text, image, video, audio, document, sticker, location, contacts, reaction, interactive, unsupported
    }

    /// What a bot can say.
    private enum SentKind: String, CaseIterable {
        case text, image, video, audio, document, sticker, location, contacts, reaction, interactive, template, unsupported
    }

    private enum Reply: String, CaseIterable {
        case button = "button_reply"
        case list = "list_reply"
    }

    /// - Parameters:
    ///   - time: when it happened.
    ///   - isSent: by the bot; otherwise the customer wrote it.
    static func read(_ data: JSONFields, at time: Timestamp, isSent: Bool) -> InboundMessage? {
        let id = data.string("messageId", 1...300)
        let quoted = data.string("quotedMessageId", 1...300, optional: true)
        let groupID = data.string("groupId", 1...128, optional: true)
        // What the bot says in a group is for nobody in particular.
        let mayLackContact = isSent && groupID != nil
        let contact = data.object("contact", optional: mayLackContact, contact)
        let content = isSent ? sent(data) : received(data)
        guard let id, let content, contact != nil || mayLackContact else { return nil }
        return InboundMessage(
            providerMessageID: id,
            contact: contact ?? ContactIdentity(),
            providerTimestamp: time,
            content: content,
            quotedProviderMessageID: quoted,
            isForwarded: false,
            isFrequentlyForwarded: false,
            referral: nil,
            referredProduct: nil,
            groupID: groupID,
            raw: JSONWriter.storable(data.element)
        )
    }

    static func contact(_ fields: JSONFields) -> ContactIdentity? {
        let text = fields.string("phone", 7...40, optional: true)
        let userID = fields.string("userId", 1...160, optional: true)
        let name = fields.string("name", 1...300, optional: true)
        let phone = text.flatMap { PhoneNumber($0) }
        if text != nil, phone == nil { fields.note("phone", "invalid_format", "Must be a number in E.164 such as +966500000001.") }
        if !fields.has("phone"), !fields.has("userId") { fields.note("phone", "required", "Either phone or userId is required.") }
        guard phone != nil || userID != nil else { return nil }
        return ContactIdentity(phoneNumber: phone, waID: phone?.digits, userID: userID, name: name)
    }

    private static func received(_ data: JSONFields) -> MessageContent? {
        guard let kind = data.choice("type", ReceivedKind.self) else { return acceptAll(data) }
        switch kind {
        // A customer may write more than we may send.
        case .text: return text(data, atMost: 65_536)
        case .interactive: return data.object("interactive", reply)
        case .unsupported: return unsupported(data)
        case .image, .video, .audio, .document, .sticker, .location, .contacts, .reaction: return ours(kind.rawValue, data)
        }
    }

    private static func sent(_ data: JSONFields) -> MessageContent? {
        guard let kind = data.choice("type", SentKind.self) else { return acceptAll(data) }
        switch kind {
        case .text: return text(data, atMost: 4096)
        case .unsupported: return unsupported(data)
        case .image, .video, .audio, .document, .sticker, .location, .contacts, .reaction, .interactive, .template:
            return ours(kind.rawValue, data)
        }
    }

    /// As a client of ours would send it.
    private static func ours(_ kind: String, _ data: JSONFields) -> MessageContent? {
        OutboundContent.Kind(rawValue: kind).flatMap { OutboundContent.read($0, data) }?.messageContent
    }

    private static func text(_ data: JSONFields, atMost length: Int) -> MessageContent? {
        data.object("text") { text in text.string("body", 1...length).map { .text($0) } }
    }

    /// A button or a row of a list that the customer tapped.
    private static func reply(_ fields: JSONFields) -> MessageContent? {
        let kind = fields.choice("type", Reply.self)
        let written = fields.object("reply") { reply -> String? in
            let id = reply.string("id", 1...256)
            let title = reply.string("title", 1...256)
            let description = reply.string("description", 1...256, optional: true)
            guard let kind, let id, let title else { return nil }
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("type", kind.rawValue)
                writer.member(
                    "reply",
                    object: { writer in
                        writer.member("id", id)
                        writer.member("title", title)
                        writer.member("description", ifPresent: description)
                    }
                )
            }
            return writer.text
        }
        return written.map { MessageContent(type: .interactive, json: $0) }
    }

    /// What our model has no name for, kept as the bot wrote it (B5).
    private static func unsupported(_ data: JSONFields) -> MessageContent? {
        data.object("unsupported") { fields in
            if !JSONObjectOfUser.isStorable(fields.element) {
                data.note("unsupported", "invalid_characters", "Must not contain the character U+0000.")
            } else if !hasFiniteNumbers(fields.element) {
                data.note("unsupported", "out_of_range", "Must not contain numbers that no double can hold.")
            }
            return MessageContent(type: .unsupported, json: JSONObjectOfUser.accept(fields))
        }
    }

    private static func hasFiniteNumbers(_ element: JSONElement) -> Bool {
        switch element.kind {
        case .number: element.double != nil
        case .array: element.elements.allSatisfy(hasFiniteNumbers)
        case .object: element.members.allSatisfy { hasFiniteNumbers($0.value) }
        default: true
        }
    }

    /// Of an unknown type nobody can say which members belong.
    private static func acceptAll(_ data: JSONFields) -> MessageContent? {
        for (name, _) in data.element.members { _ = data.value(name, optional: true) }
        return nil
    }
}

import Core

/// Reads the payload of a `MetaUpdate` into our own terms.
public enum MetaInbound {
    /// Never fails: what is not understood is `.unknown`, with what came.
    public static func update(from payload: [UInt8]) -> InboundUpdate {
        guard let document = try? JSONDocument(parsing: payload, options: .lenient, maxDepth: .max) else {
            var writer = JSONWriter()
            writer.object { $0.member("unreadable", String(decoding: payload, as: UTF8.self).replacing("\u{0}", with: "\u{fffd}")) }
            return .unknown(json: writer.text)
        }
        let envelope = document.root
        let understood: InboundUpdate?
        if let message = envelope["message"] {
            understood = self.message(message, envelope)
        } else if let echo = envelope["echo"] {
            understood = self.echo(echo, envelope)
        } else if let status = envelope["status"] {
            understood = self.status(status, envelope)
        } else if let preference = envelope["preference"] {
            understood = self.preference(preference, envelope)
        } else if let error = envelope["error"] {
            understood = .channelError(errors: providerError(error).map { [$0] } ?? [], json: JSONWriter.storable(error))
        } else if let change = envelope["change"], let field = envelope["field"]?.string {
            understood = .management(field: managementField(field, change), json: JSONWriter.storable(change))
        } else {
            understood = nil
        }
        return understood ?? .unknown(json: JSONWriter.storable(envelope))
    }

    private static func message(_ message: JSONElement, _ envelope: JSONElement) -> InboundUpdate? {
        guard let id = message["id"]?.identifier(300) else { return nil }
        let contact = identity(
            waID: message["from"],
            userID: message["from_user_id"],
            parentUserID: message["from_parent_user_id"],
            contact: envelope["contact"]
        )
        switch message["type"]?.string {
        case "edit":
            if let original = message["edit"]?["original_message_id"]?.identifier(300), let new = message["edit"]?["message"] {
                let quoted = new["context"]?["id"]?.identifier(300)
                return .edit(
                    inbound(message, id, contact, MetaContent.content(of: new), quoted: quoted),
                    originalProviderMessageID: original
                )
            }
        case "revoke":
            if let original = message["revoke"]?["original_message_id"]?.identifier(300) {
                return .revoke(inbound(message, id, contact, MetaContent.content(of: message)), originalProviderMessageID: original)
            }
        case "system":
            if let system = message["system"], let new = newIdentity(system) {
                return .identityChange(inbound(message, id, contact, MetaContent.content(of: message)), new: new)
            }
        default: break
        }
        return .message(inbound(message, id, contact, MetaContent.content(of: message, errors: envelope["errors"])))
    }

    private static func echo(_ echo: JSONElement, _ envelope: JSONElement) -> InboundUpdate? {
        guard let id = echo["id"]?.identifier(300) else { return nil }
        let contact = identity(
            waID: echo["to"],
            userID: echo["to_user_id"],
            parentUserID: echo["to_parent_user_id"],
            contact: envelope["contact"]
        )
        return .echo(inbound(echo, id, contact, MetaContent.content(of: echo)))
    }

    private static func inbound(
        _ message: JSONElement,
        _ id: String,
        _ contact: ContactIdentity,
        _ content: MessageContent,
        quoted: String? = nil
    ) -> InboundMessage {
        let context = message["context"]
        let frequently = context?["frequently_forwarded"]?.bool ?? false
        return InboundMessage(
            providerMessageID: id,
            contact: contact,
            providerTimestamp: message["timestamp"]?.unixTime,
            content: content,
            quotedProviderMessageID: context?["id"]?.identifier(300) ?? quoted,
            isForwarded: frequently || context?["forwarded"]?.bool ?? false,
            isFrequentlyForwarded: frequently,
            referral: message["referral"].map { JSONWriter.camelCased($0) },
            referredProduct: context?["referred_product"].map { JSONWriter.camelCased($0) },
            groupID: message["group_id"]?.identifier(128),
            raw: JSONWriter.storable(message)
        )
    }

    private static func status(_ status: JSONElement, _ envelope: JSONElement) -> InboundUpdate? {
        guard let id = status["id"]?.identifier(300), let name = status["status"]?.string, let state = MessageStatus(rawValue: name),
            [.sent, .delivered, .read, .played, .failed].contains(state)
        else { return nil }
        let isGroup = status["recipient_type"]?.equals("group") ?? false
        return .status(
            InboundStatus(
                providerMessageID: id,
                status: state,
                timestamp: status["timestamp"]?.unixTime,
                recipient: identity(
                    waID: isGroup ? status["recipient_participant_id"] : status["recipient_id"],
                    userID: isGroup ? status["recipient_participant_user_id"] : status["recipient_user_id"],
                    parentUserID: status["recipient_parent_user_id"],
                    contact: envelope["contact"]
                ),
                groupID: isGroup ? status["recipient_id"]?.identifier(128) : nil,
                correlation: status["biz_opaque_callback_data"]?.string,
                pricing: status["pricing"].map { JSONWriter.camelCased($0) },
                errors: (status["errors"]?.elements ?? []).compactMap(providerError),
                raw: JSONWriter.storable(status)
            )
        )
    }

    private static func preference(_ preference: JSONElement, _ envelope: JSONElement) -> InboundUpdate? {
        guard let value = preference["value"]?.identifier(40) else { return nil }
        let contact = identity(
            waID: preference["wa_id"],
            userID: preference["user_id"],
            parentUserID: preference["parent_user_id"],
            contact: envelope["contact"]
        )
        return .preference(
            InboundPreference(
                contact: contact,
                category: preference["category"]?.identifier(100) ?? "",
                value: value,
                detail: preference["detail"]?.string,
                timestamp: preference["timestamp"]?.unixTime,
                raw: JSONWriter.storable(preference)
            )
        )
    }

    /// The documentation shows quality news under the name of status news; the key tells.
    private static func managementField(_ field: String, _ change: JSONElement) -> String {
        change["value"]?["new_quality_score"] != nil ? "message_template_quality_update" : field
    }

    static func providerError(_ error: JSONElement) -> ProviderError? {
        guard let code = error["code"]?.int ?? error["code"]?.string.flatMap({ Int64($0) }) else { return nil }
        let title = error["title"]?.string ?? error["message"]?.string ?? ""
        let details = error["error_data"]?["details"]?.string ?? error["message"]?.string
        return ProviderError(code: code, title: title.limited(to: 300), details: details?.limited(to: 1000))
    }
}

extension String {
    /// The first `count` Unicode scalars.
    func limited(to count: Int) -> String {
        utf8.count <= count ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}

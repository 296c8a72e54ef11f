import Core

/// The JSON of `POST /{phone_number_id}/messages` (`providers.md` A9).
enum MetaMessageBody {
    static func bytes(of message: OutboundMessage) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.object {
            $0.member("messaging_product", "whatsapp")
            switch message.recipient {
            case .waID(let id):
                $0.member("recipient_type", "individual")
                $0.member("to", PhoneNumber(id)?.digits ?? id)
            case .userID(let id):
                $0.member("recipient_type", "individual")
                $0.member("recipient", id)
            case .group(let id):
                $0.member("recipient_type", "group")
                $0.member("to", id)
            }
            if let quoted = message.quotedProviderMessageID { $0.member("context", object: { $0.member("message_id", quoted) }) }
            $0.member("biz_opaque_callback_data", message.id.description)
            content(message.content, reactionTarget: message.reactionTarget, &$0)
        }
        return writer.bytes
    }

    static func bytes(markingRead providerMessageID: String, typing: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("messaging_product", "whatsapp")
            $0.member("status", "read")
            $0.member("message_id", providerMessageID)
            if typing { $0.member("typing_indicator", object: { $0.member("type", "text") }) }
        }
        return writer.bytes
    }

    private static func content(_ content: OutboundContent, reactionTarget: String?, _ writer: inout JSONWriter) {
        writer.member("type", content.type.rawValue)
        writer.key(content.type.rawValue)
        switch content {
        case .text(let body, let previewURL):
            writer.object {
                $0.member("preview_url", previewURL)
                $0.member("body", body)
            }
        case .media(let media): self.media(media, &writer)
        case .location(let location): self.location(location, &writer)
        case .contacts(let contacts): writer.array { for contact in contacts { contact.write(to: &$0, names: .meta) } }
        case .reaction(let messageID, let emoji):
            writer.object {
                $0.member("message_id", reactionTarget ?? messageID)
                $0.member("emoji", emoji)
            }
        case .interactive(let interactive): interactive.writeMeta(to: &writer)
        case .template(let template): template.writeMeta(to: &writer)
        }
    }

    static func media(_ media: OutboundMedia, _ writer: inout JSONWriter) {
        writer.object {
            switch media.source {
            case .link(let link): $0.member("link", link)
            case .mediaID(let id): $0.member("id", id)
            }
            $0.member("caption", ifPresent: media.caption)
            $0.member("filename", ifPresent: media.filename)
            if media.voice { $0.member("voice", true) }
        }
    }

    /// The documentation's examples have the degrees as strings.
    static func location(_ location: OutboundLocation, _ writer: inout JSONWriter) {
        writer.object {
            $0.member("latitude", degrees(location.latitude))
            $0.member("longitude", degrees(location.longitude))
            $0.member("name", ifPresent: location.name)
            $0.member("address", ifPresent: location.address)
        }
    }

    /// Seven decimals, a centimetre; never an exponent, which `Double` would print for small numbers.
    static func degrees(_ value: Double) -> String {
        let scaled = Int64((value * 10_000_000).rounded())
        let fraction = String(scaled.magnitude % 10_000_000)
        var text =
            (scaled < 0 ? "-" : "") + String(scaled.magnitude / 10_000_000) + "." + String(repeating: "0", count: 7 - fraction.count)
            + fraction
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }
}

import Foundation

/// The limits of A9, with Meta's errors. Lengths are counted in Unicode scalars.
enum MessageValidation {
    static func check(type: String, payload: JSONValue) throws(GraphError) {
        switch type {
        case "text": try text(payload)
        case "image", "video", "document": try media(payload, type, hasCaption: true)
        case "audio", "sticker": try media(payload, type, hasCaption: false)
        case "location": try location(payload)
        case "contacts": try contacts(payload)
        case "reaction": try reaction(payload)
        case "interactive": try InteractiveValidation.check(payload)
        case "template": try TemplateMessageValidation.check(payload)
        default: throw GraphError(code: 131_051, details: "Message type \(type) is not supported.")
        }
    }

    /// A string of 1 to `limit` characters.
    @discardableResult
    static func text(_ value: JSONValue?, _ name: String, limit: Int) throws(GraphError) -> String {
        guard let value, value != .null else { throw .missing(name) }
        guard let string = value.string else { throw .parameter("Param \(name) must be a string.") }
        guard !string.isEmpty else { throw .missing(name) }
        guard string.unicodeScalars.count <= limit else { throw .parameter("Param \(name) must be at most \(limit) characters long.") }
        return string
    }

    static func optionalText(_ value: JSONValue?, _ name: String, limit: Int) throws(GraphError) {
        guard let value, value != .null else { return }
        guard let string = value.string, string.unicodeScalars.count <= limit else {
            throw .parameter("Param \(name) must be at most \(limit) characters long.")
        }
    }

    static func object(_ value: JSONValue?, _ name: String) throws(GraphError) -> JSONValue {
        guard let value, value != .null else { throw .missing(name) }
        guard value.object != nil else { throw .parameter("Param \(name) must be an object.") }
        return value
    }

    static func webAddress(_ value: JSONValue?, _ name: String) throws(GraphError) {
        let address = try text(value, name, limit: 2000)
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            url.host()?.isEmpty == false
        else { throw .parameter("Param \(name) is not a valid URI.") }
    }

    private static func text(_ payload: JSONValue) throws(GraphError) {
        let payload = try object(payload, "text")
        try text(payload["body"], "text['body']", limit: 4096)
        if let preview = payload["preview_url"], preview.bool == nil { throw .parameter("Param text['preview_url'] must be a boolean.") }
    }

    /// Media by id or by link, one of the two.
    static func media(_ payload: JSONValue?, _ type: String, hasCaption: Bool) throws(GraphError) {
        let payload = try object(payload, type)
        let id = payload["id"]
        let link = payload["link"]
        guard (id == nil) != (link == nil) else {
            throw .parameter("Param \(type) must have one of {id, link}.")
        }
        if id != nil { try text(id, "\(type)['id']", limit: 128) } else { try webAddress(link, "\(type)['link']") }
        if hasCaption {
            try optionalText(payload["caption"], "\(type)['caption']", limit: 1024)
        } else if payload["caption"] != nil {
            throw .parameter("Param \(type)['caption'] is not allowed.")
        }
        try optionalText(payload["filename"], "\(type)['filename']", limit: 240)
    }

    private static func location(_ payload: JSONValue) throws(GraphError) {
        let payload = try object(payload, "location")
        for (key, bound) in [("latitude", 90.0), ("longitude", 180.0)] {
            // The documents show strings, the specification numbers: both are taken (H8).
            guard let value = payload[key] else { throw .missing("location['\(key)']") }
            guard let number = value.double ?? value.string.flatMap(Double.init), abs(number) <= bound else {
                throw .invalid("location['\(key)'] is not a coordinate")
            }
        }
        try optionalText(payload["name"], "location['name']", limit: 1000)
        try optionalText(payload["address"], "location['address']", limit: 1000)
    }

    private static func contacts(_ payload: JSONValue) throws(GraphError) {
        guard let contacts = payload.elements, !contacts.isEmpty else { throw .missing("contacts") }
        guard contacts.count <= 257 else { throw .parameter("Param contacts must have at most 257 elements.") }
        for contact in contacts {
            try text(contact["name"]?["formatted_name"], "contacts['name']['formatted_name']", limit: 1024)
        }
    }

    private static func reaction(_ payload: JSONValue) throws(GraphError) {
        let payload = try object(payload, "reaction")
        try text(payload["message_id"], "reaction['message_id']", limit: 512)
        guard let emoji = payload["emoji"]?.string else { throw .missing("reaction['emoji']") }
        // Empty removes the reaction.
        guard emoji.isEmpty || (emoji.count == 1 && (emoji.unicodeScalars.count > 1 || !emoji.unicodeScalars.allSatisfy(\.isASCII))) else {
            throw .invalid("reaction['emoji'] must be one emoji")
        }
    }
}

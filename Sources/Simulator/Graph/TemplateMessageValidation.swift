/// The shape of a template message (A9); whether the template exists and what it wants is `TemplateStore`'s.
enum TemplateMessageValidation {
    static func check(_ payload: JSONValue) throws(GraphError) {
        let payload = try MessageValidation.object(payload, "template")
        let name = try MessageValidation.text(payload["name"], "template['name']", limit: 512)
        guard isName(name) else { throw .invalid("template['name'] may have lower-case letters, digits and _ only") }
        try MessageValidation.text(payload["language"]?["code"], "template['language']['code']", limit: 16)
        guard let components = payload["components"] else { return }
        guard let components = components.elements else { throw .parameter("Param template['components'] must be an array.") }
        for component in components {
            let type = component["type"]?.string?.lowercased()
            switch type {
            case "header", "body": break
            case "button":
                guard let subtype = component["sub_type"]?.string?.lowercased(),
                    ["quick_reply", "url", "flow", "copy_code", "catalog", "mpm", "voice_call"].contains(subtype)
                else { throw .invalid("template['components'] button without a known sub_type") }
                guard let index = component["index"], let number = index.int ?? index.string.flatMap({ Int($0) }), (0..<10).contains(number)
                else {
                    throw .invalid("template['components'] button index must be from 0 to 9")
                }
            default: throw .invalid("template['components']['type'] must be header, body or button")
            }
            for parameter in component["parameters"]?.elements ?? [] {
                try MessageValidation.text(parameter["type"], "template['components']['parameters']['type']", limit: 32)
            }
        }
    }

    static func isName(_ name: String) -> Bool {
        name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }
}

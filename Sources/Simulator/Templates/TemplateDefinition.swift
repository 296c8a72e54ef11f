/// A checked body of `POST /{WABA_ID}/message_templates` (A11).
struct TemplateDefinition: Sendable {
    let name: String
    let language: String
    let category: String
    let parameterFormat: String
    let components: [JSONValue]

    init(json: JSONValue) throws(GraphError) {
        guard json.object != nil else { throw .parameter("The body must be a JSON object.") }
        name = try MessageValidation.text(json["name"], "name", limit: 512)
        guard TemplateMessageValidation.isName(name) else { throw .parameter("Param name may have lower-case letters, digits and _ only.") }
        language = try MessageValidation.text(json["language"], "language", limit: 16)
        category = try MessageValidation.text(json["category"], "category", limit: 32).uppercased()
        guard ["MARKETING", "UTILITY", "AUTHENTICATION"].contains(category) else {
            throw .parameter("Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}.")
        }
        parameterFormat = json["parameter_format"]?.string?.uppercased() ?? "POSITIONAL"
        guard parameterFormat == "POSITIONAL" || parameterFormat == "NAMED" else {
            throw .parameter("Param parameter_format must be one of {POSITIONAL, NAMED}.")
        }
        components = try Self.check(components: json["components"], isPositional: parameterFormat == "POSITIONAL", category: category)
    }

    static func check(components: JSONValue?, isPositional: Bool, category: String) throws(GraphError) -> [JSONValue] {
        guard let components = components?.elements, !components.isEmpty else { throw .parameter("Param components must have a BODY.") }
        var kinds: Set<String> = []
        for component in components {
            let kind = try MessageValidation.text(component["type"], "components['type']", limit: 32).uppercased()
            guard kinds.insert(kind).inserted else { throw .parameter("Param components has \(kind) twice.") }
            switch kind {
            case "BODY":
                // Authentication templates have their text from Meta.
                if category == "AUTHENTICATION", component["text"] == nil { continue }
                try body(component, isPositional: isPositional)
            case "HEADER": try header(component)
            case "FOOTER":
                guard category != "AUTHENTICATION" else { continue }
                try text(component["text"], limit: 60, subcode: 2_388_073, "FOOTER")
            case "BUTTONS": try buttons(component)
            default: throw .parameter("Param components['type'] must be one of {HEADER, BODY, FOOTER, BUTTONS}.")
            }
        }
        guard kinds.contains("BODY") else { throw .parameter("Param components must have a BODY.") }
        return components
    }

    @discardableResult
    private static func text(_ value: JSONValue?, limit: Int, subcode: Int, _ name: String) throws(GraphError) -> String {
        guard let text = value?.string, !text.isEmpty, text.unicodeScalars.count <= limit else {
            throw GraphError(code: 100, subcode: subcode, details: "\(name) must have a text of 1 to \(limit) characters.")
        }
        return text
    }

    private static func body(_ component: JSONValue, isPositional: Bool) throws(GraphError) {
        let text = try text(component["text"], limit: 1024, subcode: 2_388_072, "BODY")
        let variables = StoredTemplate.variables(in: text)
        if isPositional {
            let expected = variables.indices.map { String($0 + 1) }
            guard variables.sorted(by: { ($0.count, $0) < ($1.count, $1) }) == expected else {
                throw GraphError(code: 100, subcode: 2_388_072, details: "Variables must be {{1}}, {{2}}, … without a gap.")
            }
        }
        guard !text.hasPrefix("{{"), !text.hasSuffix("}}") else {
            throw GraphError(code: 100, subcode: 2_388_299, details: "Variables can't be at the start or end of the template.")
        }
        guard !text.contains("}}{{") else {
            throw GraphError(code: 100, subcode: 2_388_072, details: "Variables can't be next to each other.")
        }
        let words = text.split(whereSeparator: \.isWhitespace).count
        guard variables.isEmpty || words >= 2 * variables.count + 1 else {
            throw GraphError(code: 100, subcode: 2_388_293, details: "This template has too many variables for its length.")
        }
    }

    private static func header(_ component: JSONValue) throws(GraphError) {
        let format = component["format"]?.string?.uppercased() ?? "TEXT"
        switch format {
        case "TEXT":
            let text = try text(component["text"], limit: 60, subcode: 2_388_047, "HEADER")
            guard StoredTemplate.variables(in: text).count <= 1 else {
                throw GraphError(code: 100, subcode: 2_388_047, details: "A header may have one variable.")
            }
        case "IMAGE", "VIDEO", "DOCUMENT", "LOCATION": break
        default: throw .parameter("Param components['format'] must be one of {TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION}.")
        }
    }

    private static func buttons(_ component: JSONValue) throws(GraphError) {
        guard let buttons = component["buttons"]?.elements, (1...10).contains(buttons.count) else {
            throw .parameter("Param components['buttons'] must have 1 to 10 elements.")
        }
        var counts: [String: Int] = [:]
        var previous = ""
        for button in buttons {
            let type = try MessageValidation.text(button["type"], "buttons['type']", limit: 32).uppercased()
            counts[type, default: 0] += 1
            if type == "QUICK_REPLY", previous != type, counts[type] != 1 {
                throw .parameter("Quick reply buttons must be next to each other.")
            }
            previous = type
            if !["COPY_CODE", "OTP"].contains(type) { try MessageValidation.text(button["text"], "buttons['text']", limit: 25) }
            switch type {
            case "URL": try MessageValidation.text(button["url"], "buttons['url']", limit: 2000)
            case "PHONE_NUMBER": try MessageValidation.text(button["phone_number"], "buttons['phone_number']", limit: 20)
            case "QUICK_REPLY", "COPY_CODE", "FLOW", "OTP", "CATALOG", "MPM", "SPM", "VOICE_CALL": break
            default: throw .parameter("Param buttons['type'] is not known - got \"\(type)\".")
            }
        }
        guard counts["URL", default: 0] <= 2, counts["PHONE_NUMBER", default: 0] <= 1, counts["COPY_CODE", default: 0] <= 1 else {
            throw .parameter("Too many buttons of one type.")
        }
    }
}

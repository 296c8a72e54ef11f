/// Joins a template with a message's parameters: checks that they fit and makes what the phone shows.
enum TemplateRendering {
    /// - Returns: `{"header"?,"body","footer"?,"buttons"?}`
    static func render(_ template: StoredTemplate, with payload: JSONValue) throws(GraphError) -> JSONValue {
        switch template.status {
        case .approved: break
        case .paused: throw GraphError(code: 132_015, details: "Template \(template.name) is paused.")
        case .disabled: throw GraphError(code: 132_016, details: "Template \(template.name) is disabled.")
        default: throw GraphError(code: 132_001, details: "template name (\(template.name)) is not approved in \(template.language)")
        }
        let components = payload["components"]?.elements ?? []
        func parameters(_ type: String) -> [JSONValue] {
            components.first { $0["type"]?.string?.lowercased() == type }?["parameters"]?.elements ?? []
        }
        let isNamed = template.parameterFormat == "NAMED"
        let body = try fill(template.component("BODY")?["text"]?.string ?? "", parameters("body"), isNamed: isNamed, part: "body")
        guard body.unicodeScalars.count <= 1024 else { throw GraphError(code: 132_005, details: "Translated text too long") }
        return [
            "header": try header(template.component("HEADER"), parameters("header"), isNamed: isNamed),
            "body": .string(body),
            "footer": template.component("FOOTER")?["text"],
            "buttons": try buttons(template.component("BUTTONS"), components),
        ]
    }

    private static func fill(_ text: String, _ parameters: [JSONValue], isNamed: Bool, part: String) throws(GraphError) -> String {
        let variables = StoredTemplate.variables(in: text)
        guard parameters.count == variables.count else {
            throw GraphError(
                code: 132_000,
                details:
                    "\(part): number of localizable_params (\(parameters.count)) does not match the expected number of params (\(variables.count))"
            )
        }
        var values: [String: String] = [:]
        for (index, parameter) in parameters.enumerated() {
            let name: String
            if isNamed {
                guard let given = parameter["parameter_name"]?.string, variables.contains(given) else {
                    throw GraphError(code: 132_000, details: "\(part): Parameter name is missing or empty, or not in the template")
                }
                name = given
            } else {
                name = String(index + 1)
            }
            values[name] = try value(parameter, part: part)
        }
        var filled = ""
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            filled += rest[..<open.lowerBound]
            let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
            filled += values[name] ?? ""
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    private static func value(_ parameter: JSONValue, part: String) throws(GraphError) -> String {
        switch parameter["type"]?.string {
        case "text":
            guard let text = parameter["text"]?.string, !text.isEmpty else { throw .missing("\(part) parameter text") }
            guard !text.contains(where: \.isNewline), !text.contains("\t"), !text.contains("     ") else {
                throw GraphError(
                    code: 132_008,
                    details: "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
                )
            }
            return text
        case "currency":
            return try MessageValidation.text(parameter["currency"]?["fallback_value"], "currency['fallback_value']", limit: 1024)
        case "date_time":
            return try MessageValidation.text(parameter["date_time"]?["fallback_value"], "date_time['fallback_value']", limit: 1024)
        default:
            throw GraphError(code: 132_012, details: "\(part): parameter type must be text, currency or date_time")
        }
    }

    private static func header(_ component: JSONValue?, _ parameters: [JSONValue], isNamed: Bool) throws(GraphError) -> JSONValue? {
        guard let component else {
            guard parameters.isEmpty else {
                throw GraphError(
                    code: 132_000,
                    details: "header: number of localizable_params (\(parameters.count)) does not match the expected number of params (0)"
                )
            }
            return nil
        }
        let format = component["format"]?.string?.lowercased() ?? "text"
        if format == "text" {
            let text = try fill(component["text"]?.string ?? "", parameters, isNamed: isNamed, part: "header")
            return ["type": "text", "text": .string(text)]
        }
        guard parameters.count == 1, let parameter = parameters.first, parameter["type"]?.string?.lowercased() == format else {
            throw GraphError(code: 132_012, details: "header: Format mismatch, expected \(format.uppercased())")
        }
        if format != "location" { try MessageValidation.media(parameter[format], format, hasCaption: false) }
        return ["type": .string(format), format: parameter[format]]
    }

    private static func buttons(_ component: JSONValue?, _ components: [JSONValue]) throws(GraphError) -> JSONValue? {
        guard let buttons = component?["buttons"]?.elements else { return nil }
        var shown: [JSONValue] = []
        for (index, button) in buttons.enumerated() {
            let given = components.first {
                $0["type"]?.string?.lowercased() == "button" && ($0["index"]?.int ?? $0["index"]?.string.flatMap { Int($0) }) == index
            }
            let parameter = given?["parameters"]?.elements?.first
            let type = button["type"]?.string?.lowercased() ?? ""
            var url = button["url"]?.string
            if let template = url, !StoredTemplate.variables(in: template).isEmpty {
                guard let text = parameter?["text"]?.string else {
                    throw GraphError(code: 132_000, details: "buttons: Button at index \(index) of type Url requires a parameter")
                }
                url = template.prefix { $0 != "{" } + text
            }
            shown.append([
                "type": .string(type), "text": button["text"] ?? .string(type), "payload": parameter?["payload"] ?? button["text"],
                "url": .optional(url), "phone_number": button["phone_number"],
            ])
        }
        return .array(shown)
    }
}

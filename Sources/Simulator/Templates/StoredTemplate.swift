import Core

/// A message template of a business account (A11).
struct StoredTemplate: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case approved = "APPROVED"
        case pending = "PENDING"
        case rejected = "REJECTED"
        case paused = "PAUSED"
        case disabled = "DISABLED"
        case inAppeal = "IN_APPEAL"
        case pendingDeletion = "PENDING_DELETION"
        case deleted = "DELETED"
        case limitExceeded = "LIMIT_EXCEEDED"
        case archived = "ARCHIVED"
        case flagged = "FLAGGED"
    }

    let id: Int64
    let wabaID: String
    let name: String
    let language: String
    let category: String
    let parameterFormat: String
    var components: [JSONValue]
    var status: Status
    let createdAt: Timestamp

    var json: JSONValue {
        [
            "id": .string(String(id)), "name": .string(name), "language": .string(language), "status": .string(status.rawValue),
            "category": .string(category), "parameter_format": .string(parameterFormat), "components": .array(components),
        ]
    }

    /// `GET /{TEMPLATE_ID}` with the fields that were asked for; everything when none were.
    func json(fields: [String]) -> JSONValue {
        guard var object = json.object else { return json }
        object["quality_score"] = ["score": "GREEN", "date": .int(createdAt.unixSeconds)]
        guard !fields.isEmpty else { return .object(object) }
        var chosen = JSONObject()
        for member in object.members where fields.contains(member.key) || member.key == "id" { chosen[member.key] = member.value }
        return .object(chosen)
    }

    /// The component of a kind: `HEADER`, `BODY`, `FOOTER`, `BUTTONS`.
    func component(_ type: String) -> JSONValue? {
        components.first { $0["type"]?.string?.uppercased() == type }
    }

    /// `en_US` and `en-US` are the same language.
    static func normalised(_ language: String) -> String {
        language.replacing("-", with: "_").lowercased()
    }

    /// The variables of `{{1}}` or `{{name}}` in the order of their first appearance.
    static func variables(in text: String) -> [String] {
        var names: [String] = []
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { break }
            let name = rest[..<close.lowerBound].trimmingPrefix { $0 == " " }
            let trimmed = String(name.reversed().trimmingPrefix { $0 == " " }.reversed())
            if !trimmed.isEmpty, !names.contains(trimmed) { names.append(trimmed) }
            rest = rest[close.upperBound...]
        }
        return names
    }
}

import Core

extension JSONValue {
    /// Parses one RFC 8259 document; nothing but white space may follow it, and no name may occur twice in an object.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONSyntaxError) {
        self.init(try JSONDocument(parsing: bytes, options: .strict, maxDepth: 48).root)
    }

    private init(_ element: JSONElement) {
        switch element.kind {
        case .object:
            var object = JSONObject()
            for (key, value) in element.members { object.appendUnchecked(key, JSONValue(value)) }
            self = .object(object)
        case .array: self = .array(element.elements.map { JSONValue($0) })
        case .string: self = .string(element.string ?? "")
        case .number: self = .number(element.rawText)
        case .bool: self = .bool(element.bool ?? false)
        case .null: self = .null
        }
    }
}

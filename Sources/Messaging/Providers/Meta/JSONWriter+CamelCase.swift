import Core

extension JSONWriter {
    /// Writes `element` with its members' names in the API's spelling: `product_retailer_id` becomes `productRetailerId`. Values stay as they are.
    mutating func camelCased(_ element: JSONElement, renaming names: [String: String] = [:]) {
        switch element.kind {
        case .object:
            object { writer in
                for (key, value) in element.members {
                    writer.key(names[key] ?? Self.camelCase(key))
                    writer.camelCased(value)
                }
            }
        case .array:
            array { writer in
                for value in element.elements { writer.camelCased(value) }
            }
        case .string, .number, .bool, .null:
            self.element(element)
        }
    }

    static func camelCase(_ key: String) -> String {
        guard key.utf8.contains(UInt8(ascii: "_")) else { return key }
        var result = ""
        var capital = false
        for character in key {
            if character == "_", !result.isEmpty {
                capital = true
            } else {
                result += capital ? character.uppercased() : String(character)
                capital = false
            }
        }
        return result
    }

    /// The element as JSON that `jsonb` takes.
    static func storable(_ element: JSONElement) -> String {
        var writer = JSONWriter(reserving: element.rawBytes.count + 16)
        writer.element(element)
        return writer.text
    }

    static func camelCased(_ element: JSONElement) -> String {
        var writer = JSONWriter(reserving: element.rawBytes.count + 16)
        writer.camelCased(element)
        return writer.text
    }
}

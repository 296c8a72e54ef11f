import Foundation
import Yams

/// Holds JSON against a schema of `openapi.yaml`, as far as its schemas go. Stricter than JSON Schema where the program itself has written: a member that is not
/// described is a finding, unless the schema says that there may be others.
public struct SchemaCheck {
    private let root: [String: Any]

    /// The file beside `Package.swift`.
    public static func ofThisProject() throws -> SchemaCheck {
        let file = URL(filePath: #filePath).appending(path: "../../../openapi.yaml").standardized
        return SchemaCheck(root: try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any] ?? [:])
    }

    /// Names of the events that `webhooks` describes.
    public var events: Set<String> { Set((root["webhooks"] as? [String: Any] ?? [:]).keys) }

    /// What is wrong with the `data` of an event of that type; empty when nothing is.
    public func findings(inDataOf type: String, _ json: some Sequence<UInt8>) throws -> [String] {
        guard let content = content(of: type), let schema = (content["schema"] as? [String: Any])?["properties"] as? [String: Any] else {
            return ["there is no event \(type)"]
        }
        return findings(try JSONSerialization.jsonObject(with: Data(json)), schema["data"], at: type)
    }

    /// The `data` of the example of a type, as JSON with sorted keys.
    public func exampleData(of type: String) throws -> String {
        try Self.canonical((content(of: type)?["example"] as? [String: Any])?["data"] ?? [:])
    }

    /// The version of an event's data.
    public func version(of type: String) -> Int? { operation(of: type)?["x-payload-version"] as? Int }

    /// The same document for the same content.
    public static func canonical(_ json: some Sequence<UInt8>) throws -> String {
        try canonical(try JSONSerialization.jsonObject(with: Data(json)))
    }

    private static func canonical(_ value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]), as: UTF8.self)
    }

    private func operation(of type: String) -> [String: Any]? {
        ((root["webhooks"] as? [String: Any])?[type] as? [String: Any])?["post"] as? [String: Any]
    }

    private func content(of type: String) -> [String: Any]? {
        ((operation(of: type)?["requestBody"] as? [String: Any])?["content"] as? [String: Any])?["application/json"] as? [String: Any]
    }

    private func resolve(_ schema: Any?) -> [String: Any] {
        var schema = schema as? [String: Any] ?? [:]
        while let reference = schema["$ref"] as? String {
            let path = reference.dropFirst(2).split(separator: "/").map(String.init)
            schema = path.reduce(root as Any?) { ($0 as? [String: Any])?[$1] } as? [String: Any] ?? [:]
        }
        return schema
    }

    private func findings(_ value: Any, _ schema: Any?, at place: String) -> [String] {
        let schema = resolve(schema)
        let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
        guard types.isEmpty || types.contains(where: { Self.isOf($0, value) }) else { return ["\(place) is not of type \(types)"] }
        if value is NSNull { return [] }
        if let allowed = schema["enum"] as? [Any], !allowed.contains(where: { "\($0)" == "\(value)" }) {
            return ["\(place) is \(value), which is not among \(allowed)"]
        }
        if let text = value as? String { return findings(inText: text, schema, at: place) }
        if let elements = value as? [Any] {
            return elements.enumerated().flatMap { findings($0.element, schema["items"], at: "\(place)[\($0.offset)]") }
        }
        guard let members = value as? [String: Any] else { return [] }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        var found = (schema["required"] as? [String] ?? []).filter { members[$0] == nil }.map { "\(place) lacks \($0)" }
        for (name, member) in members {
            if let property = properties[name] {
                found += findings(member, property, at: "\(place).\(name)")
            } else if let others = schema["additionalProperties"] as? [String: Any] {
                found += findings(member, others, at: "\(place).\(name)")
            } else if schema["additionalProperties"] as? Bool != true {
                found.append("\(place).\(name) is described nowhere")
            }
        }
        return found
    }

    private func findings(inText text: String, _ schema: [String: Any], at place: String) -> [String] {
        if let most = schema["maxLength"] as? Int, text.unicodeScalars.count > most { return ["\(place) is too long"] }
        switch schema["format"] as? String {
        case "uuid" where UUID(uuidString: text) == nil || text != text.lowercased(): return ["\(place) is no UUID"]
        case "date-time":
            let form = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z/
            return text.wholeMatch(of: form) == nil ? ["\(place) is no time in the API's form: \(text)"] : []
        default: return []
        }
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "null": return value is NSNull
        case "string": return value is String
        case "array": return value is [Any]
        case "object": return value is [String: Any]
        default:
            guard let number = value as? NSNumber else { return false }
            let isBool = CFBool.isBool(number)
            return type == "boolean" ? isBool : !isBool && (type == "number" || number.doubleValue == number.doubleValue.rounded())
        }
    }
}

/// JSONSerialization makes numbers of true and false, too; they differ from 1 and 0 by their type only.
private enum CFBool {
    static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B" }
}

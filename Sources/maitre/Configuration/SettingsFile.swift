import Configuration
import Foundation

/// A configuration file: a JSON object of objects, `{"http": {"port": 8080}}`.
struct SettingsFile: Sendable {
    /// Values by dotted key.
    let values: [String: ConfigContent]

    /// Reads a file.
    /// - Throws: ``SettingsError`` with one problem, the file.
    init(path: String) throws(SettingsError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(problems: ["the file \(path) cannot be read"])
        }
        do {
            var values: [String: ConfigContent] = [:]
            try JSONDecoder().decode(Node.self, from: data).flatten(into: &values, key: "")
            self.values = values
        } catch {
            throw SettingsError(problems: ["the file \(path) is not a JSON object of settings"])
        }
    }

    private struct NotASetting: Error {}

    private enum Node: Decodable {
        case object([String: Node])
        case value(ConfigContent)

        init(from decoder: any Decoder) throws {
            if let object = try? [String: Node](from: decoder) {
                self = .object(object)
                return
            }
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .value(.bool(value))
            } else if let value = try? container.decode(Int.self) {
                self = .value(.int(value))
            } else if let value = try? container.decode(Double.self) {
                self = .value(.double(value))
            } else if let value = try? container.decode(String.self) {
                self = .value(.string(value))
            } else {
                self = .value(.stringArray(try container.decode([String].self)))
            }
        }

        func flatten(into values: inout [String: ConfigContent], key: String) throws {
            switch self {
            case .value(let content):
                guard !key.isEmpty else { throw NotASetting() }
                values[key] = content
            case .object(let members):
                for (name, member) in members { try member.flatten(into: &values, key: key.isEmpty ? name : "\(key).\(name)") }
            }
        }
    }
}

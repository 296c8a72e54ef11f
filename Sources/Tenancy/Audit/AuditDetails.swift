import Core
import Postgres

/// What else an entry says: names of changed fields, a mode, a number. Never a secret, a message's text or a telephone number.
public struct AuditDetails: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public enum Value: Sendable, Hashable {
        case text(String)
        case texts([String])
        case number(Int64)
    }

    private let json: String

    public init(_ values: [String: Value]) {
        var writer = JSONWriter(reserving: 128)
        writer.object { writer in
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                switch value {
                case .text(let text): writer.string(Self.cut(text))
                case .texts(let texts): writer.array { for text in texts.prefix(40) { $0.string(Self.cut(text)) } }
                case .number(let number): writer.int(number)
                }
            }
        }
        json = String(decoding: writer.bytes, as: UTF8.self)
    }

    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(Dictionary(elements) { _, last in last })
    }

    init(stored: PostgresJSON) { json = stored.string }

    /// The names of the fields that a change named.
    public static func fields(_ names: [String]) -> AuditDetails { AuditDetails(["fields": .texts(names)]) }

    /// One JSON object.
    public var bytes: [UInt8] { Array(json.utf8) }

    var stored: PostgresJSON { PostgresJSON(json) }

    /// Forty of these are still less than the table takes.
    private static func cut(_ text: String) -> String { AuditText.cleaned(text, atMost: 100) ?? "" }
}

/// JSON text for a `jsonb` parameter or from a `jsonb` or `json` column, as UTF-8 bytes. It is not checked here; the server checks it.
public struct PostgresJSON: Hashable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    public var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresJSON: PostgresCodable {
    public static var postgresType: PostgresType { .jsonb }

    public func encode(into writer: inout PostgresValueWriter) {
        writer.writeInteger(UInt8(1))
        writer.writeBytes(bytes)
    }

    public init(postgres value: PostgresValueReader) throws {
        guard value.isNull || value.oid == PostgresType.jsonb.oid || value.oid == PostgresType.json.oid else {
            throw PostgresValueError(.typeMismatch)
        }
        self.init(Array(try value.textBytes()))
    }
}

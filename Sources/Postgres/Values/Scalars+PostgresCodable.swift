import Foundation

extension Bool: PostgresCodable {
    public static var postgresType: PostgresType { .bool }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(self ? UInt8(1) : 0) }
    public init(postgres value: PostgresValueReader) throws { self = try value.bytes(of: .bool, count: 1)[0] != 0 }
}

/// `float8`; also read from `float4`.
extension Double: PostgresCodable {
    public static var postgresType: PostgresType { .float8 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(bitPattern) }
    public init(postgres value: PostgresValueReader) throws {
        if value.oid == PostgresType.float4.oid {
            self = Double(Float(bitPattern: try value.bytes(of: .float4, count: 4).bigEndian(UInt32.self)))
        } else {
            self = Double(bitPattern: try value.bytes(of: .float8, count: 8).bigEndian(UInt64.self))
        }
    }
}

/// `text`; also read from `varchar`, `char`, `name`, `json` and `jsonb`.
extension String: PostgresCodable {
    public static var postgresType: PostgresType { .text }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeString(self) }
    public init(postgres value: PostgresValueReader) throws {
        // The session's encoding is UTF-8, and the server never stores invalid bytes in it.
        self = String(decoding: try value.textBytes(), as: UTF8.self)
    }
}

extension UUID: PostgresCodable {
    public static var postgresType: PostgresType { .uuid }
    public func encode(into writer: inout PostgresValueWriter) {
        withUnsafeBytes(of: uuid) { writer.bytes.append(contentsOf: $0) }
    }
    public init(postgres value: PostgresValueReader) throws {
        self.init(uuid: try value.bytes(of: .uuid, count: 16).loadUnaligned(as: uuid_t.self))
    }
}

/// A byte has no PostgreSQL type of its own and travels as `int2`; an array of bytes is `bytea`.
extension UInt8: PostgresCodable {
    public static var postgresType: PostgresType { .int2 }
    public static var postgresArrayType: PostgresType { .bytea }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(Int16(self)) }
    public init(postgres value: PostgresValueReader) throws {
        guard let byte = UInt8(exactly: try value.integer()) else { throw PostgresValueError(.malformed("out of range")) }
        self = byte
    }

    public static func encodeArray(_ values: [UInt8], into writer: inout PostgresValueWriter) {
        writer.bytes.append(contentsOf: values)
    }

    /// `bytea`, or the UTF-8 bytes of a text or JSON column.
    public static func decodeArray(_ value: PostgresValueReader) throws -> [UInt8] {
        if value.oid == PostgresType.bytea.oid { return Array(try value.bytes()) }
        return Array(try value.textBytes())
    }
}

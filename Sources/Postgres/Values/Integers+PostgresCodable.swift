// Integers are written as the type of their width and read from any integer column whose value fits.

extension Int16: PostgresCodable {
    public static var postgresType: PostgresType { .int2 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(self) }
    public init(postgres value: PostgresValueReader) throws { self = try value.narrowed() }
}

extension Int32: PostgresCodable {
    public static var postgresType: PostgresType { .int4 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(self) }
    public init(postgres value: PostgresValueReader) throws { self = try value.narrowed() }
}

extension Int64: PostgresCodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(self) }
    public init(postgres value: PostgresValueReader) throws { self = try value.integer() }
}

extension Int: PostgresCodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(Int64(self)) }
    public init(postgres value: PostgresValueReader) throws { self = try value.narrowed() }
}

/// `xid8`, PostgreSQL's 64-bit transaction id; also read from `oid`.
extension UInt64: PostgresCodable {
    public static var postgresType: PostgresType { .xid8 }
    public func encode(into writer: inout PostgresValueWriter) { writer.writeInteger(self) }
    public init(postgres value: PostgresValueReader) throws {
        if value.oid == PostgresType.oid.oid {
            self = UInt64(try value.bytes(of: .oid, count: 4).bigEndian(UInt32.self))
        } else {
            self = try value.bytes(of: .xid8, count: 8).bigEndian(UInt64.self)
        }
    }
}

extension PostgresValueReader {
    fileprivate func narrowed<Value: FixedWidthInteger>() throws -> Value {
        guard let value = Value(exactly: try integer()) else { throw PostgresValueError(.malformed("out of range")) }
        return value
    }
}

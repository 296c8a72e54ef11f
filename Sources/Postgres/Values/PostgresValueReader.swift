/// One value of a result, in binary form. It points into the result: use it only inside `init(postgres:)`, never keep it.
public struct PostgresValueReader {
    /// Object id of the column's type.
    public let oid: UInt32
    @usableFromInline
    let storage: UnsafeRawBufferPointer?

    init(oid: UInt32, storage: UnsafeRawBufferPointer?) {
        self.oid = oid
        self.storage = storage
    }

    @inlinable
    public var isNull: Bool { storage == nil }

    /// The value's bytes whatever its type; throws when it is NULL.
    public func bytes() throws(PostgresValueError) -> UnsafeRawBufferPointer {
        guard let storage else { throw PostgresValueError(.unexpectedNull) }
        return storage
    }

    /// The value's bytes when the column has the type and, for `count`, exactly that many bytes.
    public func bytes(of type: PostgresType, count: Int? = nil) throws(PostgresValueError) -> UnsafeRawBufferPointer {
        let bytes = try bytes()
        guard oid == type.oid else { throw PostgresValueError(.typeMismatch) }
        if let count, bytes.count != count { throw PostgresValueError(.malformed("unexpected length")) }
        return bytes
    }

    /// The value of an `int2`, `int4` or `int8` column.
    public func integer() throws(PostgresValueError) -> Int64 {
        let bytes = try bytes()
        switch (oid, bytes.count) {
        case (PostgresType.int8.oid, 8): return bytes.bigEndian(Int64.self)
        case (PostgresType.int4.oid, 4): return Int64(bytes.bigEndian(Int32.self))
        case (PostgresType.int2.oid, 2): return Int64(bytes.bigEndian(Int16.self))
        case (PostgresType.int8.oid, _), (PostgresType.int4.oid, _), (PostgresType.int2.oid, _):
            throw PostgresValueError(.malformed("unexpected length"))
        default: throw PostgresValueError(.typeMismatch)
        }
    }

    /// The UTF-8 bytes of a text or JSON column (`text`, `varchar`, `char`, `name`, `json`, `jsonb`).
    public func textBytes() throws(PostgresValueError) -> UnsafeRawBufferPointer {
        let bytes = try bytes()
        switch oid {
        case PostgresType.text.oid, PostgresType.varchar.oid, PostgresType.bpchar.oid, PostgresType.name.oid, PostgresType.unknown.oid,
            PostgresType.json.oid:
            return bytes
        case PostgresType.jsonb.oid:
            // jsonb's binary form is a version byte, always 1, and the text.
            guard bytes.first == 1 else { throw PostgresValueError(.malformed("unknown jsonb version")) }
            return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        default:
            throw PostgresValueError(.typeMismatch)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first bytes as an integer in network byte order. The caller has checked the length.
    func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int = 0) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

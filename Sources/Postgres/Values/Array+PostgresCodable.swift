// An array in binary form (PostgreSQL source, array_send): Int32 number of dimensions (0 when empty), Int32 whether it has NULLs,
// UInt32 element type; for each dimension Int32 length and Int32 lower bound; then the elements, each with an Int32 length (−1 for NULL).
// Only one dimension is supported: PostgreSQL does not tell them apart by type, Swift does.

extension Array: PostgresEncodable where Element: PostgresEncodable {
    public static var postgresType: PostgresType { Element.postgresArrayType }
    public func encode(into writer: inout PostgresValueWriter) { Element.encodeArray(self, into: &writer) }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    public static var postgresType: PostgresType { Element.postgresType.array }
    public init(postgres value: PostgresValueReader) throws { self = try Element.decodeArray(value) }
}

extension PostgresEncodable {
    public static var postgresArrayType: PostgresType { postgresType.array }

    public static func encodeArray(_ values: [Self], into writer: inout PostgresValueWriter) {
        guard postgresArrayType.oid != 0 else { return writer.fail("the element type has no known array type") }
        writer.writeInteger(Int32(values.isEmpty ? 0 : 1))
        writer.writeInteger(Int32(1))
        writer.writeInteger(postgresType.oid)
        guard !values.isEmpty else { return }
        writer.writeInteger(Int32(truncatingIfNeeded: values.count))
        writer.writeInteger(Int32(1))
        for value in values {
            writer.writeElement { value.encode(into: &$0) }
        }
    }
}

extension PostgresDecodable {
    public static func decodeArray(_ value: PostgresValueReader) throws -> [Self] {
        let bytes = try value.bytes()
        guard value.isArray else { throw PostgresValueError(.typeMismatch) }
        guard bytes.count >= 12 else { throw PostgresValueError(.malformed("array header is cut")) }
        let dimensions = bytes.bigEndian(Int32.self)
        let elementOID = bytes.bigEndian(UInt32.self, at: 8)
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw PostgresValueError(.malformed("array has several dimensions")) }
        let count = Int(bytes.bigEndian(Int32.self, at: 12))
        // Each element takes at least its length field: a wrong count cannot reserve more than the value's own size.
        guard count >= 0, count <= (bytes.count - 20) / 4 else { throw PostgresValueError(.malformed("array is cut")) }
        var elements: [Self] = []
        elements.reserveCapacity(count)
        var position = 20
        for _ in 0..<count {
            guard bytes.count - position >= 4 else { throw PostgresValueError(.malformed("array is cut")) }
            let length = Int(bytes.bigEndian(Int32.self, at: position))
            position += 4
            guard length >= 0 else {
                elements.append(try Self(postgres: PostgresValueReader(oid: elementOID, storage: nil)))
                continue
            }
            guard bytes.count - position >= length else { throw PostgresValueError(.malformed("array is cut")) }
            let storage = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
            elements.append(try Self(postgres: PostgresValueReader(oid: elementOID, storage: storage)))
            position += length
        }
        return elements
    }
}

extension PostgresValueReader {
    /// Whether the column is of an array type known here.
    fileprivate var isArray: Bool { Self.arrayOIDs.contains(oid) }

    private static let arrayOIDs: Set<UInt32> = [
        199, 271, 1000, 1001, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1182, 1185, 2951, 3807,
    ]
}

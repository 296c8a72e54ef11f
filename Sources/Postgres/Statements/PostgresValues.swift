/// The encoded parameters of one statement, in one block of bytes so that handing them to the I/O thread costs two references.
struct PostgresValues: Sendable {
    struct Field: Sendable {
        var oid: UInt32
        var offset: Int32
        /// −1 for NULL.
        var length: Int32
    }

    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Field] = []
    /// Why a value could not be encoded.
    private(set) var failure: StaticString?

    mutating func reserve(_ count: Int) {
        fields.reserveCapacity(count)
        bytes.reserveCapacity(count * 16)
    }

    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        var writer = PostgresValueWriter(bytes: bytes)
        let start = bytes.count
        bytes = []
        value.encode(into: &writer)
        bytes = writer.bytes
        if let reason = writer.failure { failure = reason }
        let end = bytes.count
        guard let offset = Int32(exactly: start), let length = Int32(exactly: end - start) else {
            failure = "parameters are larger than 2 GB"
            return
        }
        fields.append(Field(oid: Value.postgresType.oid, offset: offset, length: writer.isNull ? -1 : length))
    }
}

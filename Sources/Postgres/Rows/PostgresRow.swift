import CLibpq

/// One row, read column by column from the left.
public struct PostgresRow {
    let handle: ResultHandle
    let index: Int
    let statementIndex: Int
    private var column: Int32 = 0

    init(handle: ResultHandle, index: Int, statementIndex: Int) {
        self.handle = handle
        self.index = index
        self.statementIndex = statementIndex
    }

    /// Number of columns.
    public var columnCount: Int { Int(PQnfields(handle.pointer)) }

    /// The next column's value. The error names the column, its position, the asked type and the type found, never the value.
    public mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        let value = try nextReader(expected: Value.postgresType)
        do {
            return try Value(postgres: value)
        } catch {
            throw decodingError(error, column: column - 1, expected: String(describing: Value.self), found: value.oid)
        }
    }

    /// Passes over the next column.
    public mutating func skip() throws {
        _ = try nextReader(expected: .unknown)
    }

    /// The next column's bytes without a copy, nil for NULL; binary format, whatever the type. The pointer is valid inside `body` only.
    public mutating func withNextBytes<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        let value = try nextReader(expected: .bytea)
        return try withExtendedLifetime(handle) { try body(value.storage) }
    }

    /// The UTF-8 bytes of the next text or JSON column without a copy, nil for NULL. The pointer is valid inside `body` only.
    public mutating func withNextText<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        let value = try nextReader(expected: .text)
        if value.isNull { return try body(nil) }
        let bytes: UnsafeRawBufferPointer
        do {
            bytes = try value.textBytes()
        } catch {
            throw decodingError(error, column: column - 1, expected: "text", found: value.oid)
        }
        return try withExtendedLifetime(handle) { try body(bytes) }
    }

    private mutating func nextReader(expected: PostgresType) throws -> PostgresValueReader {
        let pointer = handle.pointer
        guard column < PQnfields(pointer) else {
            var error = PostgresError(kind: .decoding, reason: "the row has fewer columns than were read")
            error.statementIndex = statementIndex
            error.decoding = .init(columnIndex: Int(column), expected: expected.label, found: "no column")
            throw error
        }
        let row = Int32(index)
        let oid = PQftype(pointer, column)
        var storage: UnsafeRawBufferPointer?
        if PQgetisnull(pointer, row, column) == 0 {
            storage = UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
        }
        column += 1
        return PostgresValueReader(oid: oid, storage: storage)
    }

    private func decodingError(_ error: any Error, column: Int32, expected: String, found oid: UInt32) -> PostgresError {
        var result = PostgresError(kind: .decoding)
        result.statementIndex = statementIndex
        result.column = PQfname(handle.pointer, column).map { String(cString: $0) }
        var found = PostgresType(oid: oid).label + " (oid \(oid))"
        switch (error as? PostgresValueError)?.reason {
        case .unexpectedNull: found += " NULL"
        case .malformed(let reason): result.reason = reason
        case .typeMismatch: break
        // A conformer's own error may quote the value: it is not kept.
        case nil: result.reason = "refused by the type"
        }
        result.decoding = .init(columnIndex: Int(column), expected: expected, found: found)
        return result
    }
}

import CLibpq

/// One row, read column by column from the left.
public struct PostgresRow {
    let handle: ResultHandle
    let index: Int32
    let statementIndex: Int
    private let columns: Int32
    private var column: Int32 = 0

    @usableFromInline
    init(of rows: PostgresRows, at index: Int) {
        handle = rows.handle
        statementIndex = rows.statementIndex
        columns = rows.columns
        self.index = Int32(index)
    }

    /// Number of columns.
    public var columnCount: Int { Int(columns) }

    /// The next column's value. The error names the column, its position, the asked type and the type found, never the value.
    @inlinable
    public mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard let value = nextReader() else { throw missingColumn(expected: Value.postgresType) }
        do {
            return try Value(postgres: value)
        } catch {
            throw decodingError(error, expected: String(describing: Value.self), found: value.oid)
        }
    }

    /// Passes over the next column.
    public mutating func skip() throws {
        guard nextReader() != nil else { throw missingColumn(expected: .unknown) }
    }

    /// The next column's bytes without a copy, nil for NULL; binary format, whatever the type. The pointer is valid inside `body` only.
    public mutating func withNextBytes<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        guard let value = nextReader() else { throw missingColumn(expected: .bytea) }
        return try withExtendedLifetime(handle) { try body(value.storage) }
    }

    /// The UTF-8 bytes of the next text or JSON column without a copy, nil for NULL. The pointer is valid inside `body` only.
    public mutating func withNextText<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        guard let value = nextReader() else { throw missingColumn(expected: .text) }
        if value.isNull { return try body(nil) }
        let bytes: UnsafeRawBufferPointer
        do {
            bytes = try value.textBytes()
        } catch {
            throw decodingError(error, expected: "text", found: value.oid)
        }
        return try withExtendedLifetime(handle) { try body(bytes) }
    }

    /// Nil when all columns were read.
    @usableFromInline
    mutating func nextReader() -> PostgresValueReader? {
        guard column < columns else { return nil }
        let pointer = handle.pointer
        let length = PQgetlength(pointer, index, column)
        var storage: UnsafeRawBufferPointer?
        // NULL has no length, and most values have one.
        if length > 0 || PQgetisnull(pointer, index, column) == 0 {
            storage = UnsafeRawBufferPointer(start: PQgetvalue(pointer, index, column), count: Int(length))
        }
        defer { column += 1 }
        return PostgresValueReader(oid: PQftype(pointer, column), storage: storage)
    }

    @usableFromInline
    func missingColumn(expected: PostgresType) -> PostgresError {
        var error = PostgresError(kind: .decoding, reason: "the row has fewer columns than were read")
        error.statementIndex = statementIndex
        error.decoding = .init(columnIndex: Int(column), expected: expected.label, found: "no column")
        return error
    }

    /// The column that was read last could not be read as what was asked for.
    @usableFromInline
    func decodingError(_ error: any Error, expected: String, found oid: UInt32) -> PostgresError {
        let column = column - 1
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

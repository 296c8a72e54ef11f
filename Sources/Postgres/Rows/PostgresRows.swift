import CLibpq

/// The rows one statement returned.
public struct PostgresRows: Sendable {
    let handle: ResultHandle
    let statementIndex: Int
    /// Number of rows.
    public let count: Int
    let columns: Int32

    init(handle: ResultHandle, statementIndex: Int) {
        self.handle = handle
        self.statementIndex = statementIndex
        count = Int(PQntuples(handle.pointer))
        columns = PQnfields(handle.pointer)
    }

    public var isEmpty: Bool { count == 0 }

    /// Rows inserted, updated, deleted or selected, from the command tag; 0 for other commands.
    public var affectedRows: Int {
        guard let text = PQcmdTuples(handle.pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// Calls `decode` once for each row.
    @inlinable
    public func map<Value>(_ decode: (inout PostgresRow) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            var row = PostgresRow(of: self, at: index)
            values.append(try decode(&row))
        }
        return values
    }

    /// Calls `body` once for each row.
    @inlinable
    public func forEach(_ body: (inout PostgresRow) throws -> Void) throws {
        for index in 0..<count {
            var row = PostgresRow(of: self, at: index)
            try body(&row)
        }
    }

    /// The first row, nil when there is none.
    @inlinable
    public func first<Value>(_ decode: (inout PostgresRow) throws -> Value) throws -> Value? {
        guard count > 0 else { return nil }
        var row = PostgresRow(of: self, at: 0)
        return try decode(&row)
    }

    /// The only row; throws an error of kind `decoding` unless there is exactly one.
    public func one<Value>(_ decode: (inout PostgresRow) throws -> Value) throws -> Value {
        guard count == 1 else {
            var error = PostgresError(kind: .decoding, reason: "expected exactly one row")
            error.statementIndex = statementIndex
            throw error
        }
        var row = PostgresRow(of: self, at: 0)
        return try decode(&row)
    }
}

/// Statements that go to the server together: one round trip, one transaction.
///
/// A segment is built synchronously inside `run`. Its statements run in order; when one fails, the later ones are not run and nothing is
/// kept. It ends with the protocol's Sync message, which commits: there is no BEGIN and no COMMIT in it.
/// Commands that cannot run in a transaction with others (`vacuum`, `create database`) must be alone in their segment; `copy` is not supported.
public final class Segment {
    /// The statements so far.
    public private(set) var statements: [Statement] = []

    init() {}

    /// Adds a statement whose rows are read by `decode` once the whole segment has committed, on the caller's task.
    @discardableResult
    public func append<Value>(_ statement: Statement, _ decode: @escaping (PostgresRows) throws -> Value) -> Pending<Value> {
        let index = statements.count
        statements.append(statement)
        return Pending { results in
            try decode(PostgresRows(handle: results.handles[index], statementIndex: index))
        }
    }

    /// Adds a statement whose rows do not matter.
    public func append(_ statement: Statement) {
        statements.append(statement)
    }
}

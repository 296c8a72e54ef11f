import Synchronization

/// Gives every distinct statement text of a client one name and one small number.
///
/// It runs on the callers' tasks, so that the I/O thread never hashes SQL: per connection it only keeps a set of numbers.
final class StatementRegistry: Sendable {
    private struct Key: Hashable {
        let sql: String
        let parameterTypes: [UInt32]
    }

    private struct State {
        var statements: [Key: PreparedStatement] = [:]
        var names: Set<String> = []
        var nextID = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    func bind(_ statement: Statement) throws -> BoundStatement {
        if let reason = statement.values.failure {
            throw PostgresError(kind: .encoding, reason: reason, sql: statement.sql)
        }
        let key = Key(sql: statement.sql, parameterTypes: statement.values.fields.map(\.oid))
        let prepared = state.withLock { state in
            if let known = state.statements[key] { return known }
            if state.statements.count >= limit {
                // Text outside a small set: start again. Connections drop the old names when they reach their own limit.
                state.statements.removeAll(keepingCapacity: true)
                state.names.removeAll(keepingCapacity: true)
            }
            // The name comes from the text alone, so that it reads the same in the server's logs on every connection and node;
            // the suffix only separates two texts with one hash, and one text prepared anew after the registry was emptied.
            var name = "s" + Self.hash(key)
            if !state.names.insert(name).inserted || state.nextID >= limit { name += "_" + String(state.nextID, radix: 36) }
            let prepared = PreparedStatement(id: state.nextID, name: name, sql: key.sql, parameterTypes: key.parameterTypes)
            state.nextID += 1
            state.statements[key] = prepared
            return prepared
        }
        return BoundStatement(prepared: prepared, values: statement.values)
    }

    /// FNV-1a, 64 bits, in hexadecimal: stable between processes, unlike `Hasher`.
    private static func hash(_ key: Key) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) {
            hash ^= UInt64(byte)
            hash = hash &* 0x100_0000_01b3
        }
        for byte in key.sql.utf8 { mix(byte) }
        for type in key.parameterTypes {
            withUnsafeBytes(of: type.bigEndian) { for byte in $0 { mix(byte) } }
        }
        return String(hash, radix: 16)
    }
}

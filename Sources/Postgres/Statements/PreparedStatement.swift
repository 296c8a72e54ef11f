/// A statement's text and parameter types under the name it has on every connection of a client.
final class PreparedStatement: Sendable {
    /// Unique for the life of the client, never used again.
    let id: Int
    let sql: String
    /// C strings, made once so that sending needs no conversion.
    let name: [CChar]
    let text: [CChar]
    let parameterTypes: [UInt32]

    init(id: Int, name: String, sql: String, parameterTypes: [UInt32]) {
        self.id = id
        self.sql = sql
        self.name = Array(name.utf8CString)
        self.text = Array(sql.utf8CString)
        self.parameterTypes = parameterTypes
    }
}

/// A statement ready to be sent.
struct BoundStatement: Sendable {
    let prepared: PreparedStatement
    let values: PostgresValues
}

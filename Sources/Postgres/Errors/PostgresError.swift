/// Everything that can go wrong between the caller and the database.
///
/// `description` names the kind, the SQLSTATE and the database objects concerned and is safe to log. `debugDescription` adds the SQL text
/// and, for classes of errors whose message quotes no data, the server's message. Neither ever holds a parameter's or a row's value:
/// PostgreSQL's DETAIL is not even read, since it quotes them.
public struct PostgresError: Error, Sendable {
    public enum Kind: Sendable, Equatable {
        /// The server refused a statement: see `sqlState`. The whole segment or transaction was rolled back.
        case server
        /// No connection became free in time, or too many callers wait already. `waited` is the time this caller waited.
        case poolExhausted(waited: Duration)
        /// There is no connection to the server, and none could be opened while this caller waited.
        case unavailable(waited: Duration)
        /// The connection broke. `ambiguous`: the work may have been committed or not. Otherwise it was certainly not committed.
        case connectionLost(ambiguous: Bool)
        /// A column could not be read as the asked type.
        case decoding
        /// A parameter could not be encoded.
        case encoding
        /// The client was used wrongly, for example a transaction after its end.
        case usage
        /// The client has been shut down.
        case closed
    }

    public var kind: Kind
    /// Five characters, PostgreSQL documentation, appendix A.
    public var sqlState: String?
    /// `ERROR`, `FATAL` or `PANIC`, never translated.
    public var severity: String?
    public var schema: String?
    public var table: String?
    /// The column a constraint is about, or the result column that could not be decoded.
    public var column: String?
    public var constraint: String?
    /// Position in the segment of the statement that failed, from 0. Later statements were not run.
    public var statementIndex: Int?
    /// Static explanation.
    var reason: StaticString?
    /// For `decoding`: which column, what was asked and found.
    var decoding: Decoding?
    var sql: String?
    var serverMessage: String?
    /// The failure is cured by preparing the statement anew.
    var staleStatement = false

    struct Decoding: Sendable {
        var columnIndex: Int
        var expected: String
        var found: String
    }

    init(kind: Kind, reason: StaticString? = nil, sql: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.sql = sql
    }

    /// Running the same work again may succeed, and nothing of it was committed: a serialization failure, a deadlock,
    /// or a connection lost before the commit.
    public var isRetryable: Bool {
        switch kind {
        case .server: sqlState == SQLState.serializationFailure || sqlState == SQLState.deadlockDetected
        case .connectionLost(let ambiguous): !ambiguous
        default: false
        }
    }

    /// The work may have been committed or not; only a look at the data can tell.
    public var isAmbiguous: Bool { kind == .connectionLost(ambiguous: true) }

    /// The database is away or overloaded, as opposed to having refused this work: nothing is wrong with the data.
    public var isOutage: Bool {
        switch kind {
        case .poolExhausted, .unavailable, .connectionLost, .closed: true
        case .server: sqlState.map { $0.hasPrefix("53") || $0.hasPrefix("57P") || $0.hasPrefix("58") || $0.hasPrefix("08") } ?? false
        default: false
        }
    }

    /// The server's primary message. It can quote values ("invalid input syntax for type uuid: …"): never log it or send it to anyone
    /// where the SQL has parameters. The migration runner shows it, its SQL has none.
    public var unsafeServerMessage: String? { serverMessage }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        var text = "PostgresError("
        switch kind {
        case .server: text += "server"
        case .poolExhausted(let waited): text += "no free connection after \(waited.roundedMilliseconds) ms"
        case .unavailable(let waited): text += "database unavailable for \(waited.roundedMilliseconds) ms"
        case .connectionLost(let ambiguous): text += ambiguous ? "connection lost, outcome unknown" : "connection lost, nothing committed"
        case .decoding: text += "decoding"
        case .encoding: text += "encoding"
        case .usage: text += "usage"
        case .closed: text += "client is shut down"
        }
        if let sqlState { text += ", SQLSTATE \(sqlState)" }
        if let severity, severity != "ERROR" { text += ", \(severity)" }
        if let statementIndex { text += ", statement \(statementIndex)" }
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        if let decoding { text += ", column index \(decoding.columnIndex), expected \(decoding.expected), found \(decoding.found)" }
        if let reason { text += ", \(reason)" }
        return text + ")"
    }

    public var debugDescription: String {
        var text = description
        if let serverMessage, messageQuotesNoData { text += " " + serverMessage }
        if let sql { text += " in: " + sql.prefix(300) }
        return text
    }

    /// Messages of these classes name objects, never data. Class 22 ("invalid input syntax …") and raised exceptions may quote it.
    private var messageQuotesNoData: Bool {
        guard let sqlState else { return sqlState == nil && kind != .server }
        return ["08", "0A", "23", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"].contains(sqlState.prefix(2))
    }
}

extension Duration {
    var roundedMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

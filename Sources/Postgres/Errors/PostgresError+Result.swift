import CLibpq

extension PostgresError {
    /// The error a failed result describes. DETAIL, HINT and CONTEXT are left out: they quote values.
    init(result: OpaquePointer, statementIndex: Int?, sql: String?) {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        self.init(kind: .server, sql: sql)
        sqlState = field(diagnostic("C"))
        severity = field(diagnostic("V"))
        serverMessage = field(diagnostic("M"))
        schema = field(diagnostic("s"))
        table = field(diagnostic("t"))
        column = field(diagnostic("c"))
        constraint = field(diagnostic("n"))
        self.statementIndex = statementIndex
        staleStatement = isStale(sourceFunction: field(diagnostic("R")))
    }

    /// The statement exists no more on this connection, exists already, or its result type changed under it (a migration ran):
    /// all three are cured by preparing anew.
    private func isStale(sourceFunction: String?) -> Bool {
        switch sqlState {
        case SQLState.invalidStatementName, SQLState.duplicatePreparedStatement: true
        case "0A000": sourceFunction == "RevalidateCachedQuery"
        default: false
        }
    }
}

/// `PG_DIAG_*` are character constants in postgres_ext.h, whose codes are those of the wire protocol's error fields.
private func diagnostic(_ code: Unicode.Scalar) -> Int32 { Int32(code.value) }

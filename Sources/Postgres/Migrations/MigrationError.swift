/// Why migrations cannot be read or applied. Descriptions are for the operator and may show SQL messages: migration files hold no user data.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String)
    case badName(String)
    case duplicate(String, String)
    /// The file is not the one that was applied.
    case changed(file: String)
    /// The database has a migration that is not among the files: it belongs to another or newer version of the program.
    case unknown(version: Int, name: String)
    /// A file that is not applied comes before one that is.
    case outOfOrder(file: String)
    /// A transactional file begins or ends a transaction of its own.
    case transactionControl(file: String, line: Int)
    /// Another runner held the lock for too long.
    case busy
    /// `lock_timeout` struck at every attempt.
    case locked(file: String, attempts: Int)
    case failed(file: String, line: Int?, sqlState: String?, message: String)
    case unavailable(message: String)
    /// A script that is no migration failed.
    case script(message: String)

    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path)"
        case .badName(let name): "\(name) is not named NNNN_name.sql"
        case .duplicate(let first, let second): "\(first) and \(second) have the same number"
        case .changed(let file): "\(file) has changed since it was applied; applied migrations must not change"
        case .unknown(let version, let name): "the database has migration \(version) (\(name)), which this program does not know"
        case .outOfOrder(let file): "\(file) is not applied, but a later migration is"
        case .transactionControl(let file, let line): "\(file):\(line): a migration runs in one transaction and cannot begin or end one"
        case .busy: "another migration is running and did not end in time"
        case .locked(let file, let attempts): "\(file): a lock could not be had in \(attempts) attempts; nothing of it was applied"
        case .failed(let file, let line, let state, let message):
            file + (line.map { ":\($0)" } ?? "") + ": " + message + (state.map { " (SQLSTATE \($0))" } ?? "")
        case .unavailable(let message): "the database cannot be reached: \(message)"
        case .script(let message): message
        }
    }
}

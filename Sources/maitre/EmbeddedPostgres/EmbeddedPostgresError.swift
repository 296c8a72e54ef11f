/// Why the embedded PostgreSQL did not start. Each description is one line for a person at a terminal, and says what to do where that is known.
enum EmbeddedPostgresError: Error, Equatable, CustomStringConvertible {
    /// No PostgreSQL of at least this major version, or of exactly this one when there is data already.
    case notInstalled(major: Int, exactly: Bool)
    /// Run as root, and there is no account to give the server to.
    case noUnprivilegedUser(String)
    /// Another live process of ours uses the directory.
    case inUse(directory: String, processIdentifier: String)
    case portTaken(Int)
    /// A file or directory that we cannot use: path and reason.
    case unusable(path: String, reason: String)
    case initialisation(String)
    /// The server ended, or did not become ready: the last lines of its log.
    case start(String)

    var description: String {
        switch self {
        case .notInstalled(let major, let exactly):
            "PostgreSQL \(major)\(exactly ? " (the version of the existing data)" : " or later") is not installed; bin/bootstrap installs it on Debian"
        case .noUnprivilegedUser(let user):
            "PostgreSQL refuses to run as root and there is no user '\(user)' to run it as; run as another user, or run bin/bootstrap"
        case .inUse(let directory, let processIdentifier):
            "\(directory) is in use by a running maitre (process \(processIdentifier))"
        case .portTaken(let port):
            "port \(port) on 127.0.0.1 is taken"
        case .unusable(let path, let reason):
            "cannot use \(path): \(reason)"
        case .initialisation(let output):
            "PostgreSQL's initdb failed: \(output)"
        case .start(let output):
            "PostgreSQL did not start: \(output)"
        }
    }
}

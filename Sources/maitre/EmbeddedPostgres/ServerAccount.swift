import Foundation

/// The system user that the server runs as: ourselves, or `postgres` when we are root, since PostgreSQL refuses to run as root.
struct ServerAccount: Sendable {
    static let unprivilegedUser = "postgres"
    private static let setprivPaths = ["/usr/bin/setpriv", "/bin/setpriv"]

    let userID: uid_t
    let groupID: gid_t
    /// True when the server runs as another user than we do.
    let isOther: Bool
    private let setpriv: String?

    static func resolve() throws -> ServerAccount {
        let setpriv = setprivPaths.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard geteuid() == 0 else {
            return ServerAccount(userID: geteuid(), groupID: getegid(), isOther: false, setpriv: setpriv)
        }
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(unprivilegedUser, &record, &buffer, buffer.count, &found) == 0, found != nil else {
            throw EmbeddedPostgresError.noUnprivilegedUser(unprivilegedUser)
        }
        guard setpriv != nil else {
            throw EmbeddedPostgresError.unusable(path: "setpriv", reason: "it is needed to leave root's rights (Debian: util-linux)")
        }
        return ServerAccount(userID: record.pw_uid, groupID: record.pw_gid, isOther: true, setpriv: setpriv)
    }

    /// The launch of a program as this user.
    ///
    /// On Linux the program is also told to end (SIGINT: for the server a fast shutdown) when we die without a chance to stop it.
    func launch(_ program: String, _ arguments: [String]) -> ChildProcess.Launch {
        let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
        guard let setpriv else { return .init(executable: program, arguments: arguments, environment: environment) }
        let options = ["--pdeathsig", "INT"]
        guard isOther else {
            return .init(executable: setpriv, arguments: options + ["--", program] + arguments, environment: environment)
        }
        let identity = ["--reuid", String(userID), "--regid", String(groupID), "--init-groups"]
        // PostgreSQL's programs fail in a working directory that their user may not read, and ours may be such a one.
        let shell = ["--", "/bin/sh", "-c", "cd / && exec \"$0\" \"$@\"", program]
        return .init(executable: setpriv, arguments: options + identity + shell + arguments, environment: environment)
    }

    /// Creates a directory that only this user may enter, or makes an existing one so.
    func createPrivateDirectory(_ path: String) throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw EmbeddedPostgresError.unusable(path: path, reason: String(cString: strerror(errno)))
        }
        var information = stat()
        // lstat: a link that somebody else left in a shared folder must not be followed.
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw EmbeddedPostgresError.unusable(path: path, reason: "it is not a directory")
        }
        if isOther, information.st_uid == 0 {
            chown(path, userID, groupID)
        } else if information.st_uid != userID {
            throw EmbeddedPostgresError.unusable(path: path, reason: "it belongs to another user")
        }
        chmod(path, 0o700)
    }

    /// Gives a file to this user.
    func own(_ path: String) {
        if isOther { chown(path, userID, groupID) }
    }
}

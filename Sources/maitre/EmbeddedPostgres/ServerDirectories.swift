import Core
import Crypto
import Foundation

/// Where one embedded server keeps its things.
struct ServerDirectories: Sendable, Equatable {
    /// PostgreSQL's data directory.
    let data: String
    /// The folder of the unix socket.
    let sockets: String
    /// The folder under `/var/lib/maitre` made for this server, when there is one.
    let sharedHome: String?

    /// A socket's whole path ends at 107 bytes on Linux (103 on macOS), and PostgreSQL appends `/.s.PGSQL.<port>`.
    static let longestSocketDirectory = 103 - "/.s.PGSQL.65535".utf8.count

    /// Chooses the places for a project directory and creates what has to be there.
    ///
    /// Data lives inside the project directory where the server's account can reach it, otherwise (a clone below root's home, say) under
    /// `/var/lib/maitre`, in a folder named after the project directory's path.
    static func prepare(for directory: String, account: ServerAccount) async throws -> ServerDirectories {
        let root = realPath(directory)
        var sharedHome: String?
        if await !account.canTraverse(root) {
            let shared = "/var/lib/maitre"
            try createDirectory(shared)
            let home = "\(shared)/\(name(for: root))"
            try createDirectory(home)
            sharedHome = home
        }
        let home = sharedHome ?? root
        var sockets = "\(home)/sockets"
        if sockets.utf8.count > longestSocketDirectory {
            sockets = "/tmp/maitre-\(name(for: root))"
        }
        try account.createPrivateDirectory(sockets)
        return ServerDirectories(data: "\(home)/postgres", sockets: sockets, sharedHome: sharedHome)
    }

    /// Removes everything that is outside the project directory and, in it, the data and the sockets.
    func remove() {
        for path in [data, sockets, sharedHome].compactMap(\.self) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A short name that is the same for the same path.
    static func name(for path: String) -> String {
        String(SHA256.hash(data: Data(path.utf8)).hexadecimal.prefix(16))
    }

    /// Creates a directory through which others may pass, with those above it.
    static func createDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        } catch {
            throw EmbeddedPostgresError.unusable(path: path, reason: "the directory cannot be created")
        }
    }
}

extension ServerAccount {
    /// True when this user can pass through the directory to folders of its own inside it.
    fileprivate func canTraverse(_ directory: String) async -> Bool {
        guard isOther else { return access(directory, W_OK | X_OK) == 0 }
        let result = try? await ChildProcess.run(launch("/usr/bin/test", ["-x", directory]))
        return result?.exit == .code(0)
    }
}

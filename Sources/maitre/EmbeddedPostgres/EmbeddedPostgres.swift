import Core
import Foundation
import Logging

/// A PostgreSQL server of our own for `maitre dev` and the tests: its data, passwords and log live in one directory, and it needs nothing
/// but PostgreSQL's programs on the machine.
///
/// Files in the directory: `postgres/` (data; elsewhere when the server's account cannot reach it, see ``ServerDirectories``), `sockets/`,
/// `postgres.log`, `passwords.json` (0600) and `lock`.
struct EmbeddedPostgres: Sendable {
    /// Where the server listens beside its unix socket.
    enum TCP: Sendable, Equatable {
        case none
        /// On 127.0.0.1; port 0 chooses a free one.
        case loopback(port: Int)
    }

    static let superuser = "postgres"

    let directory: String
    let tcp: TCP
    /// False only for data that nobody will miss: the server then never waits for the disk, and only a crash of the machine loses any.
    let durable: Bool
    /// More of `postgresql.conf`, above our own settings.
    let settings: [String: String]
    let logger: Logger

    init(directory: String, tcp: TCP = .none, durable: Bool = true, settings: [String: String] = [:], logger: Logger) {
        self.directory = directory
        self.tcp = tcp
        self.durable = durable
        self.settings = settings
        self.logger = logger
    }

    /// Starts the server and returns when it answers queries: the first time after creating its data, after a crash after recovery.
    ///
    /// - Throws: ``EmbeddedPostgresError``.
    func start() async throws -> Running {
        try ServerDirectories.createDirectory(directory)
        let lock = try DirectoryLock(directory: directory)
        do {
            let account = try ServerAccount.resolve()
            let directories = try await ServerDirectories.prepare(for: directory, account: account)
            let passwords = try PasswordStore(path: "\(directory)/passwords.json")
            let installation = try await PostgresInstallation.find(major: Self.dataVersion(directories.data))
            let server = PostgresServer(
                installation: installation,
                account: account,
                directories: directories,
                log: "\(directory)/postgres.log",
                durable: durable,
                settings: settings,
                logger: logger
            )
            try await server.createData(superuser: Self.superuser, passwords: passwords)
            let (child, port) = try await server.launch(tcp: tcp, passwords: passwords)
            return Running(server: server, passwords: passwords, lock: lock, child: child, tcpPort: port)
        } catch {
            lock.release()
            throw error
        }
    }

    /// The major version that existing data belongs to.
    private static func dataVersion(_ data: String) -> Int? {
        (try? String(contentsOfFile: "\(data)/PG_VERSION", encoding: .utf8)).flatMap {
            Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}

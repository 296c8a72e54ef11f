import Core
import Foundation
import Logging
import Synchronization

extension EmbeddedPostgres {
    /// A server that runs, until ``stop()``.
    final class Running: Sendable {
        private let server: PostgresServer
        private let passwords: PasswordStore
        private let lock: DirectoryLock
        private let state: Mutex<(child: ChildProcess, stopped: Bool)>
        /// The port on 127.0.0.1, when asked for one.
        let tcpPort: Int?

        init(server: PostgresServer, passwords: PasswordStore, lock: DirectoryLock, child: ChildProcess, tcpPort: Int?) {
            self.server = server
            self.passwords = passwords
            self.lock = lock
            self.tcpPort = tcpPort
            state = Mutex((child, false))
        }

        /// The server's main process.
        var processIdentifier: pid_t { state.withLock { $0.child.processIdentifier } }

        /// The major version of the server.
        var major: Int { server.installation.major }

        /// The folder of the unix socket.
        var socketDirectory: String { server.directories.sockets }

        /// The data directory.
        var dataDirectory: String { server.directories.data }

        /// The superuser's URL of the database `postgres`, over the unix socket.
        var superuserURL: Secret<String> {
            get throws {
                try url(role: EmbeddedPostgres.superuser, password: password(for: EmbeddedPostgres.superuser), database: "postgres")
            }
        }

        /// The generated password of a role, the same at every start. Giving it to the role in the database is the caller's part.
        func password(for role: String) throws -> Secret<String> {
            try passwords.password(for: role)
        }

        /// A URL over the unix socket, for libpq.
        func url(role: String, password: Secret<String>, database: String) -> Secret<String> {
            let host = "\(Self.escaped(socketDirectory))&port=\(tcpPort ?? PostgresServer.socketOnlyPort)"
            return Secret("postgres://\(Self.escaped(role)):\(Self.escaped(password.reveal()))@/\(Self.escaped(database))?host=\(host)")
        }

        /// A URL over TCP, for clients that have no unix sockets; nil when the server does not listen there.
        func tcpURL(role: String, password: Secret<String>, database: String) -> Secret<String>? {
            tcpPort.map { port in
                let login = "\(Self.escaped(role)):\(Self.escaped(password.reveal()))"
                return Secret("postgres://\(login)@127.0.0.1:\(port)/\(Self.escaped(database))")
            }
        }

        /// Waits until the server's process ends without having been asked to; nil when the waiting task is cancelled first.
        func exit() async -> ChildProcess.Exit? {
            await state.withLock { $0.child }.exitUnlessCancelled()
        }

        /// Starts the server again after its process has ended, at the same socket and port, with PostgreSQL's own recovery.
        func restart() async throws {
            let tcp = tcpPort.map { EmbeddedPostgres.TCP.loopback(port: $0) } ?? .none
            let (child, _) = try await server.launch(tcp: tcp, passwords: passwords)
            let stopped = state.withLock { state in
                state.child = child
                return state.stopped
            }
            if stopped { await PostgresServer.stop(child) }
        }

        /// Stops the server and waits for its end. Connections that are still open are closed. Doing it twice is harmless.
        func stop() async {
            let (child, first) = state.withLock { state in
                defer { state.stopped = true }
                return (state.child, !state.stopped)
            }
            await PostgresServer.stop(child)
            if first { lock.release() }
        }

        /// Stops the server and removes its data.
        func discard() async {
            await stop()
            server.directories.remove()
        }

        private static func escaped(_ text: String) -> String {
            text.addingPercentEncoding(
                withAllowedCharacters: .alphanumerics.intersection(.urlHostAllowed).union(.init(charactersIn: "-._~"))
            ) ?? ""
        }
    }
}

import Core
import Foundation
import Logging

/// Creates and launches one server. ``EmbeddedPostgres`` decides what it is; this does it.
struct PostgresServer: Sendable {
    /// The port in the socket's name when there is no TCP port.
    static let socketOnlyPort = 5432

    let installation: PostgresInstallation
    let account: ServerAccount
    let directories: ServerDirectories
    let log: String
    let durable: Bool
    let settings: [String: String]
    let logger: Logger

    /// Creates the data directory if there is none.
    ///
    /// It is made under another name and moved into place, so that an interrupted creation leaves nothing that looks like data.
    func createData(superuser: String, passwords: PasswordStore) async throws {
        let data = directories.data
        if FileManager.default.fileExists(atPath: "\(data)/PG_VERSION") {
            try account.createPrivateDirectory(data)
            if !passwords.contains(superuser) { try await resetPassword(of: superuser, passwords: passwords) }
            return
        }
        logger.info("Creating a PostgreSQL data directory", metadata: ["path": "\(data)", "version": "\(installation.major)"])
        let new = "\(data).new"
        try? FileManager.default.removeItem(atPath: new)
        try account.createPrivateDirectory(new)
        let passwordFile = "\(new).password"
        unlink(passwordFile)
        let file = open(passwordFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw EmbeddedPostgresError.unusable(path: passwordFile, reason: String(cString: strerror(errno))) }
        defer { unlink(passwordFile) }
        let password = Array(try passwords.password(for: superuser).reveal().utf8)
        _ = password.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        account.own(passwordFile)
        var arguments = [
            "--pgdata", new, "--username", superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--data-checksums", "--no-instructions",
        ]
        #if os(Linux)
            // Code point order and full Unicode classes, the same on every machine and without ICU.
            arguments += ["--locale", "C.UTF-8"]
        #else
            arguments += ["--locale", "C"]
        #endif
        if !durable { arguments.append("--no-sync") }
        let result = try await ChildProcess.run(account.launch(installation.path("initdb"), arguments))
        guard result.exit == .code(0) else { throw EmbeddedPostgresError.initialisation(Self.lastLines(of: result.output)) }
        let configuration = try FileHandle(forWritingTo: URL(filePath: "\(new)/postgresql.conf"))
        try configuration.seekToEnd()
        try configuration.write(
            contentsOf: Data("\ninclude_if_exists = 'maitre.conf'   # written at every start; set yours below this line\n".utf8)
        )
        try configuration.close()
        try? FileManager.default.removeItem(atPath: data)
        guard rename(new, data) == 0 else { throw EmbeddedPostgresError.unusable(path: data, reason: String(cString: strerror(errno))) }
    }

    /// Starts the server and waits until it answers.
    /// - Returns: the server's process, and its port on 127.0.0.1 if it has one.
    func launch(tcp: EmbeddedPostgres.TCP, passwords: PasswordStore) async throws -> (ChildProcess, tcpPort: Int?) {
        try await LeftoverServer(dataDirectory: directories.data, logger: logger).clear()
        try writeConfiguration()
        var attempt = 1
        while true {
            let port = try Self.choosePort(tcp)
            do {
                return (try await launch(port: port, passwords: passwords), port)
            } catch EmbeddedPostgresError.start(let reason)
                where tcp == .loopback(port: 0) && attempt < 5 && reason.contains("TCP/IP socket")
            {
                // Somebody took the free port between our choice and the start.
                attempt += 1
            }
        }
    }

    private func launch(port: Int?, passwords: PasswordStore) async throws -> ChildProcess {
        let output = open(log, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        guard output >= 0 else { throw EmbeddedPostgresError.unusable(path: log, reason: String(cString: strerror(errno))) }
        defer { close(output) }
        let start = lseek(output, 0, SEEK_END)
        var arguments = ["-D", directories.data, "-c", "unix_socket_directories=\(directories.sockets)"]
        arguments += ["-c", "listen_addresses=\(port == nil ? "" : "127.0.0.1")", "-c", "port=\(port ?? Self.socketOnlyPort)"]
        var launch = account.launch(installation.path("postgres"), arguments)
        launch.output = output
        let child = try await ChildProcess.spawn(launch)
        do {
            try await waitUntilReady(child)
            try await checkLogin(port: port, passwords: passwords)
        } catch {
            await Self.stop(child)
            if error is CancellationError { throw error }
            throw EmbeddedPostgresError.start(Self.lastLines(of: Self.text(of: log, from: start)))
        }
        return child
    }

    /// The settings that are ours to choose. What belongs to one run (sockets, port) is on the command line.
    private func writeConfiguration() throws {
        var lines = [
            "# Written by maitre at every start. Put your own settings in postgresql.conf, after the line that includes this file.",
            "max_connections = 100",
            "shared_buffers = 256MB",
            "password_encryption = scram-sha-256",
            "unix_socket_permissions = 0700",
            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
            "log_line_prefix = '%m [%p] %q%u@%d '",
            "log_checkpoints = off",
            "checkpoint_timeout = 15min",
            "max_wal_size = 2GB",
        ]
        // Only the disk is not waited for: what is committed still survives kill -9, which the tests rely on.
        if !durable { lines += ["fsync = off", "full_page_writes = off"] }
        lines += settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value.replacing("'", with: "''"))'" }
        let path = "\(directories.data)/maitre.conf"
        do {
            try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw EmbeddedPostgresError.unusable(path: path, reason: "it cannot be written")
        }
        account.own(path)
    }

    /// PostgreSQL's own sign, the one `pg_ctl` waits for. There is no time limit while the server lives: recovery takes as long as it takes.
    private func waitUntilReady(_ child: ChildProcess) async throws {
        while true {
            if let file = PostmasterFile(in: directories.data), file.processIdentifier == child.processIdentifier, file.status == "ready" {
                return
            }
            if await child.exit(within: .milliseconds(20)) != nil { throw EmbeddedPostgresError.start("") }
            try Task.checkCancellation()
        }
    }

    /// Logs in over the socket as the superuser: a server that does not know our password is of no use.
    private func checkLogin(port: Int?, passwords: PasswordStore) async throws {
        let arguments = [
            "--no-psqlrc", "--quiet", "--host", directories.sockets, "--port", String(port ?? Self.socketOnlyPort),
            "--username", EmbeddedPostgres.superuser, "--dbname", "postgres", "--command", "select 1",
        ]
        let environment = ["PGPASSWORD": try passwords.password(for: EmbeddedPostgres.superuser).reveal(), "LC_ALL": "C"]
        let result = try await ChildProcess.run(
            .init(executable: installation.path("psql"), arguments: arguments, environment: environment)
        )
        guard result.exit == .code(0) else { throw EmbeddedPostgresError.start(Self.lastLines(of: result.output)) }
    }

    /// Sets a new superuser password in the data of a server that is not running: for data whose password file is gone.
    private func resetPassword(of superuser: String, passwords: PasswordStore) async throws {
        logger.warning("The database passwords are gone; giving the superuser a new one")
        try await LeftoverServer(dataDirectory: directories.data, logger: logger).clear()
        let password = try passwords.password(for: superuser).reveal()
        let arguments = ["--single", "-D", directories.data, "-c", "password_encryption=scram-sha-256", "postgres"]
        let result = try await ChildProcess.run(
            account.launch(installation.path("postgres"), arguments),
            input: "alter role \"\(superuser)\" with password '\(password)';\n"
        )
        guard result.exit == .code(0) else { throw EmbeddedPostgresError.start(Self.lastLines(of: result.output)) }
    }

    /// Fast shutdown; an immediate one when that takes too long; in the end the kernel's.
    static func stop(_ child: ChildProcess) async {
        // Unstructured, so that cancelling the caller does not turn the patience below into none.
        let stopping = Task {
            for (signal, patience) in [(SIGINT, Duration.seconds(30)), (SIGQUIT, .seconds(5)), (SIGKILL, .seconds(5))] {
                child.send(signal)
                if await child.exit(within: patience) != nil { return }
            }
        }
        await stopping.value
    }

    private static func choosePort(_ tcp: EmbeddedPostgres.TCP) throws -> Int? {
        guard case .loopback(let port) = tcp else { return nil }
        guard let bound = LoopbackPort.bind(port) else { throw EmbeddedPostgresError.portTaken(port) }
        return bound
    }

    private static func text(of path: String, from offset: off_t) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        try? file.seek(toOffset: UInt64(max(offset, 0)))
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }

    private static func lastLines(of text: String) -> String {
        text.split(separator: "\n").suffix(4).joined(separator: "; ")
    }
}

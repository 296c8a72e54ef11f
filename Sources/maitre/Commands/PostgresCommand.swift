import ArgumentParser
import Core
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `maitre postgres`: the embedded server alone, for the tests.
struct PostgresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postgres",
        abstract: "Runs the embedded PostgreSQL server alone.",
        shouldDisplay: false,
        subcommands: [Run.self]
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs a PostgreSQL server until it is told to stop; prints the superuser's URL when it is ready."
        )

        @Option(help: "Keep data here. Without it the data is temporary and goes at the end.")
        var data: String?

        @Option(help: "Listen on this port of 127.0.0.1 too; 0 chooses a free one.")
        var port: Int?

        @Option(name: .customLong("set"), help: ArgumentHelp("A PostgreSQL setting.", valueName: "name=value"))
        var settings: [String] = []

        func validate() throws {
            if let bad = settings.first(where: { !$0.contains("=") }) { throw ValidationError("--set needs name=value, not '\(bad)'") }
            if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be between 0 and 65535") }
        }

        func run() async throws {
            let logger = Logger(label: "maitre.postgres") { label in
                LineLogHandler(label: label, level: .notice, format: .text, output: .standardError)
            }
            let directory = try data ?? Self.temporaryDirectory()
            let settings = settings.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init) }
            let postgres = EmbeddedPostgres(
                directory: directory,
                tcp: port.map { .loopback(port: $0) } ?? .none,
                durable: data != nil,
                settings: Dictionary(settings.map { ($0[0], $0[1]) }) { $1 },
                logger: logger
            )
            defer { if data == nil { try? FileManager.default.removeItem(atPath: directory) } }
            let running = try await postgres.start()
            do {
                try announce(running)
                let service = EmbeddedPostgresService(running: running, logger: logger)
                let group = ServiceGroup(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
                try await group.run()
            } catch {
                if data == nil { await running.discard() }
                throw error
            }
            if data == nil { await running.discard() }
        }

        /// One line on standard output: whoever reads it may connect.
        private func announce(_ running: EmbeddedPostgres.Running) throws {
            let password = try running.password(for: EmbeddedPostgres.superuser)
            let url = running.tcpURL(role: EmbeddedPostgres.superuser, password: password, database: "postgres")
            print(try (url ?? running.superuserURL).reveal())
            fflush(nil)
        }

        /// A new directory that the server's account can pass through.
        private static func temporaryDirectory() throws -> String {
            var template = Array("\(NSTemporaryDirectory())/maitre-postgres-XXXXXX".utf8CString)
            guard let path = mkdtemp(&template) else {
                throw EmbeddedPostgresError.unusable(path: NSTemporaryDirectory(), reason: "mkdtemp failed")
            }
            chmod(path, 0o711)
            return String(cString: path)
        }
    }
}

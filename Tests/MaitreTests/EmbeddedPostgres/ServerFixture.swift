import Core
import Foundation
import Logging
import Testing

@testable import maitre

/// What `psql` said.
struct QueryFailure: Error, CustomStringConvertible {
    let description: String
}

/// A directory for one server, removed when the test ends, and a way to ask the server that does not go through our own client.
struct ServerFixture {
    let directory: String
    let logger: Logger

    /// Runs a test with a new directory that every user may pass through.
    static func withDirectory(_ body: (ServerFixture) async throws -> Void) async throws {
        var template = Array("\(NSTemporaryDirectory())/maitre-test-XXXXXX".utf8CString)
        let created = try #require(mkdtemp(&template))
        let directory = realPath(String(cString: created))
        chmod(directory, 0o711)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        try await body(ServerFixture(directory: directory, logger: logger))
    }

    func postgres(tcp: EmbeddedPostgres.TCP = .none, settings: [String: String] = [:]) -> EmbeddedPostgres {
        EmbeddedPostgres(directory: directory, tcp: tcp, durable: false, settings: settings, logger: logger)
    }

    /// Runs a body with a started server and stops it whatever happens.
    @discardableResult
    func withServer<Result>(
        tcp: EmbeddedPostgres.TCP = .none,
        settings: [String: String] = [:],
        _ body: (EmbeddedPostgres.Running) async throws -> Result
    ) async throws -> Result {
        let running = try await postgres(tcp: tcp, settings: settings).start()
        do {
            let result = try await body(running)
            await running.stop()
            return result
        } catch {
            await running.stop()
            throw error
        }
    }

    /// Checks what SQL answers.
    static func expect(
        _ sql: String,
        _ url: Secret<String>,
        gives expected: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await query(sql, url)
        #expect(answer == expected, sourceLocation: sourceLocation)
    }

    /// Runs SQL with `psql` and returns what it prints, trimmed.
    @discardableResult
    static func query(_ sql: String, _ url: Secret<String>) async throws -> String {
        let installation = try await PostgresInstallation.find()
        let arguments = ["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", "--dbname", url.reveal(), "--command", sql]
        let result = try await ChildProcess.run(.init(executable: installation.path("psql"), arguments: arguments))
        guard result.exit == .code(0) else { throw QueryFailure(description: result.output) }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

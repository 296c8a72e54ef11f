import Logging
import Postgres
import TestSupport
import Testing

/// A client of a fresh database, both gone afterwards.
func withDatabaseClient(
    poolSize: Int = 2,
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresClient, TestDatabase) async throws -> Void
) async throws {
    try await withTestDatabase { database in
        var configuration = PostgresConfiguration(url: database.url, poolSize: poolSize)
        configure(&configuration)
        try await withPostgresClient(configuration, logger: .silent) { try await body($0, database) }
    }
}

/// A client of the cluster's own database, for tests that need no tables.
func withClusterClient(
    poolSize: Int = 2,
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresClient) async throws -> Void
) async throws {
    var configuration = PostgresConfiguration(url: try TestDatabase.clusterURL, poolSize: poolSize)
    configure(&configuration)
    try await withPostgresClient(configuration, logger: .silent, body)
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension PostgresClient {
    /// The single value a statement returns.
    func value<Value: PostgresDecodable>(_ statement: Statement, as type: Value.Type = Value.self) async throws -> Value {
        try await run { $0.append(statement) { try $0.one { try $0.next(Value.self) } } }
    }

    /// Returns once the client has a connection, however short its waiting time is.
    func open() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try await run { $0.append("select 1") }
            } catch let error as PostgresError where error.isOutage && ContinuousClock.now < deadline {}
        }
    }

    /// Waits until a statement returns true.
    func wait(until statement: Statement, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !value(statement, as: Bool.self) {
            try #require(ContinuousClock.now < deadline, "the condition never held", sourceLocation: sourceLocation)
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// The error `body` throws; nil, and the test fails, when it throws none. Usable inside `#expect(throws:)`, which cannot be nested.
func failure(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        Issue.record("no error was thrown")
    } catch {
        guard let error = error as? PostgresError else {
            Issue.record("\(error)")
            return nil
        }
        return error
    }
    return nil
}

extension PostgresClient {
    /// Expects the single value a statement returns.
    func expect<Value: PostgresDecodable & Equatable>(
        _ statement: Statement,
        _ expected: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await value(statement, as: Value.self)
        #expect(found == expected, sourceLocation: sourceLocation)
    }
}

/// Waits until a condition holds; fails the test after half a minute.
func eventually(sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while !condition() {
        try #require(ContinuousClock.now < deadline, "the condition never held", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(1))
    }
}

import Foundation
import Logging
import Postgres

/// A fresh database on the test cluster, dropped at the end.
public struct TestDatabase: Sendable {
    public let name: String
    /// A connection URI for libpq.
    public let url: String

    public enum SetupError: Error, CustomStringConvertible {
        case noCluster

        public var description: String {
            "MAITRE_TEST_DATABASE_URL is not set: run the tests with bin/test, or set it to the URL of a superuser on a PostgreSQL cluster"
        }
    }

    /// The cluster's URL, as a superuser.
    public static var clusterURL: String {
        get throws {
            guard let url = ProcessInfo.processInfo.environment["MAITRE_TEST_DATABASE_URL"], !url.isEmpty else {
                throw SetupError.noCluster
            }
            return url
        }
    }

    /// Makes a database; a template may have no open connections meanwhile.
    public static func create(template: String? = nil) async throws -> TestDatabase {
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "_")
        var address = try PostgresConnectionString(clusterURL)
        try await administer { client in
            try await client.run { segment in
                segment.append("create database \(identifier: name) template \(identifier: template ?? "template0")")
            }
        }
        address.parameters["dbname"] = name
        return TestDatabase(name: name, url: address.uri)
    }

    /// Drops the database, connections included.
    public func drop() async throws {
        try await Self.administer { client in
            try await client.run { $0.append("drop database if exists \(identifier: name) with (force)") }
        }
    }

    /// The same database for another user (trust or peer authentication assumed).
    public func url(user: String) throws -> String {
        var address = try PostgresConnectionString(url)
        address.parameters["user"] = user
        return address.uri
    }

    private static func administer(_ body: (PostgresClient) async throws -> Void) async throws {
        // Creating databases in parallel on a small machine takes its time.
        let configuration = PostgresConfiguration(
            url: try clusterURL,
            poolSize: 1,
            waitTimeout: .seconds(60),
            statementTimeout: .seconds(60),
            lockTimeout: .seconds(60)
        )
        try await withPostgresClient(configuration, body)
    }
}

/// Runs `body` with a fresh database and drops it afterwards.
public func withTestDatabase<Result>(
    template: String? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
    let database = try await TestDatabase.create(template: template)
    do {
        let result = try await body(database)
        try await database.drop()
        return result
    } catch {
        try? await database.drop()
        throw error
    }
}

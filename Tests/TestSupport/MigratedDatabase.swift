import Foundation
import Logging
import Postgres

/// A fresh database with Maitre's roles, schemas and migrations, copied from a template that is made once in a test process.
public struct MigratedDatabase: Sendable {
    public let database: TestDatabase

    /// Of one of Maitre's login roles.
    public func url(role: String) throws -> String {
        var address = try PostgresConnectionString(database.url)
        address.parameters["user"] = role
        address.parameters["password"] = Self.password
        return address.uri
    }

    public func client(role: String, poolSize: Int = 4) throws -> PostgresClient {
        PostgresClient(
            PostgresConfiguration(url: try url(role: role), poolSize: poolSize, waitTimeout: .seconds(30)),
            logger: Logger(label: "test")
        )
    }

    /// The folder of the SQL files, in the checkout that these tests were built from.
    public static var migrations: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../migrations").standardized
    }

    /// Roles belong to the cluster, so all tests use the same word.
    static let password = "maitre-test"

    static let roles = ["maitre_migrator", "maitre_tenant", "maitre_platform", "maitre_backup"]
}

/// Makes the template once: roles belong to the cluster, and PostgreSQL refuses two sessions that alter one at the same moment.
private actor Template {
    static let shared = Template()

    private var making: Task<TestDatabase, any Error>?

    func ready() async throws -> TestDatabase {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        making = task
        return try await task.value
    }

    private static func make() async throws -> TestDatabase {
        let template = try await TestDatabase.create()
        let script = try String(contentsOf: MigratedDatabase.migrations.appendingPathComponent("bootstrap/bootstrap.sql"), encoding: .utf8)
        // Another test process on the same cluster may be altering the roles: whoever comes second tries again.
        for attempt in 1...20 {
            do {
                try await PostgresScript.run(script, url: template.url)
                for role in MigratedDatabase.roles {
                    try await PostgresScript.run("alter role \(role) password '\(MigratedDatabase.password)'", url: template.url)
                }
                break
            } catch is MigrationError where attempt < 20 {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        var address = try PostgresConnectionString(template.url)
        address.parameters["user"] = "maitre_migrator"
        address.parameters["password"] = MigratedDatabase.password
        try await MigrationRunner(
            url: address.uri,
            directory: MigratedDatabase.migrations.path,
            role: "maitre_owner",
            schema: "platform",
            logger: Logger(label: "test")
        ).run()
        return template
    }
}

/// Runs `body` with a fresh migrated database and drops it afterwards. The template itself goes with the throw-away cluster.
public func withMigratedDatabase<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (MigratedDatabase) async throws -> Result
) async throws -> Result {
    let template = try await Template.shared.ready()
    return try await withTestDatabase(template: template.name) { database in
        try await body(MigratedDatabase(database: database))
    }
}

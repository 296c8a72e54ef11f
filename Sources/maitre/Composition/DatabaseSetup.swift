import Core
import Foundation
import Logging
import Postgres

/// Makes a database ready for Maitre: roles and event trigger by a superuser, then the migrations by the migrator.
struct DatabaseSetup: Sendable {
    static let loginRoles = ["maitre_migrator", "maitre_tenant", "maitre_platform", "maitre_backup"]

    let migrations: URL
    let logger: Logger

    /// Creates the database unless it is there.
    func createDatabase(_ name: String, superuserURL: Secret<String>) async throws {
        try await withPostgresClient(PostgresConfiguration(url: superuserURL.reveal(), poolSize: 1), logger: logger) { client in
            let exists = try await client.run { segment in
                segment.append("select from pg_database where datname = \(name)") { rows in rows.count > 0 }
            }
            if !exists {
                try await client.run { segment in segment.append("create database \(identifier: name) encoding 'UTF8'") }
            }
        }
    }

    /// Runs `bootstrap.sql`, and gives the login roles their passwords.
    func bootstrap(superuserURL: Secret<String>, passwords: [String: Secret<String>]) async throws {
        let script = try String(contentsOf: migrations.appendingPathComponent("bootstrap/bootstrap.sql"), encoding: .utf8)
        try await PostgresScript.run(script, url: superuserURL.reveal())
        for (role, password) in passwords {
            let quoted = password.reveal().replacing("'", with: "''")
            try await PostgresScript.run("alter role \(role) password '\(quoted)'", url: superuserURL.reveal())
        }
    }

    /// Applies what is pending.
    func migrate(migratorURL: Secret<String>) async throws {
        let applied = try await runner(migratorURL).run()
        if !applied.isEmpty { logger.notice("Migrations were applied", metadata: ["count": "\(applied.count)"]) }
    }

    func runner(_ migratorURL: Secret<String>) -> MigrationRunner {
        MigrationRunner(url: migratorURL.reveal(), directory: migrations.path, role: "maitre_owner", schema: "platform", logger: logger)
    }
}

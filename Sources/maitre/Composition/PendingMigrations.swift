import Foundation
import Postgres
import Tenancy

/// `serve` and `work` do not start against a database that is older or newer than they are.
enum PendingMigrations {
    static func refuse(_ database: PlatformDatabase) async throws {
        let known = try Migration.read(directory: MigrationsDirectory.find().path)
        let applied: [Int: String]
        do {
            applied = try await database.platform { tx in MigrationStateRepository(tx).applied() }
        } catch let error as PostgresError where error.sqlState == "42P01" || error.sqlState == "3F000" || error.sqlState == "42501" {
            throw PlainFailure(
                description: "The database has not been prepared: run `maitre migrate bootstrap` and `maitre migrate` first."
            )
        }
        let pending = known.filter { applied[$0.version] == nil }
        guard pending.isEmpty else {
            throw PlainFailure(description: "\(pending.count) migrations are pending: run `maitre migrate` first.")
        }
        guard known.allSatisfy({ applied[$0.version] == $0.sha256 }), applied.count == known.count else {
            throw PlainFailure(description: "The database was migrated by another version of Maitre.")
        }
    }
}

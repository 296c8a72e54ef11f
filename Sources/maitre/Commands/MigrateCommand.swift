import ArgumentParser
import Core
import Foundation
import Logging
import Postgres
import Tenancy

/// `maitre migrate`: makes a database ready and keeps it so.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Applies database migrations.",
        subcommands: [Run.self, Status.self, Audit.self, Bootstrap.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Applies what is pending.")

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Say what would be applied, and apply nothing.")
        var dryRun = false

        func run() async throws {
            let runner = try MigrateCommand.runner(options)
            if dryRun {
                let pending = try await runner.pending()
                for migration in pending { print("would apply \(MigrateCommand.title(migration))") }
                print(pending.isEmpty ? "nothing is pending" : "\(pending.count) pending")
            } else {
                let applied = try await runner.run()
                for migration in applied { print("applied \(MigrateCommand.title(migration))") }
                print(applied.isEmpty ? "nothing was pending" : "\(applied.count) applied")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists migrations and when they were applied.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let status = try await MigrateCommand.runner(options).status()
            for migration in status.applied {
                let moment = Timestamp(microseconds: migration.appliedAt.microsecondsSinceUnixEpoch)
                print("\(MigrateCommand.number(migration.version))  \(moment)  \(migration.name)")
            }
            for migration in status.pending {
                print("\(MigrateCommand.number(migration.version))  pending                   \(migration.name)")
            }
        }
    }

    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Looks for tables, views, grants and keys that break the rules of tenant isolation; fails when there are any."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let environment = try CommandEnvironment.load(options, requiring: [DatabaseSettings.migratorURLKey])
            let url = try environment.settings.database.migratorURL.get().reveal()
            let findings = try await withPostgresClient(PostgresConfiguration(url: url, poolSize: 1), logger: environment.logger) {
                client in
                try await CatalogueAudit(client: client).findings()
            }
            for finding in findings { print(finding) }
            print(findings.isEmpty ? "no findings" : "\(findings.count) findings")
            if !findings.isEmpty { throw ExitCode.failure }
        }
    }

    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates roles, schemas and the event trigger; needs a superuser, once per database."
        )

        @Option(help: "URL of a superuser's connection to the database.")
        var superuserURL: String

        @Option(help: "A file with one role=password a line for maitre_migrator, maitre_tenant, maitre_platform and maitre_backup.")
        var passwords: String?

        func run() async throws {
            var roles: [String: Secret<String>] = [:]
            if let passwords {
                for line in try String(contentsOfFile: passwords, encoding: .utf8).split(separator: "\n") {
                    let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                    guard parts.count == 2, DatabaseSetup.loginRoles.contains(parts[0]) else {
                        throw PlainFailure(description: "\(passwords) has a line that is not role=password of one of Maitre's roles.")
                    }
                    roles[parts[0]] = Secret(parts[1])
                }
            }
            let setup = DatabaseSetup(migrations: try MigrationsDirectory.find(), logger: .init(label: "maitre"))
            try await setup.bootstrap(superuserURL: Secret(superuserURL), passwords: roles)
            print("The database is prepared; `maitre migrate` goes on.")
        }
    }

    private static func runner(_ options: ConfigurationOptions) throws -> MigrationRunner {
        let environment = try CommandEnvironment.load(options, requiring: [DatabaseSettings.migratorURLKey])
        // The commands print what was applied; the log would say it twice.
        var logger = environment.logger
        logger.logLevel = max(logger.logLevel, .notice)
        return DatabaseSetup(migrations: try MigrationsDirectory.find(), logger: logger)
            .runner(try environment.settings.database.migratorURL.get())
    }

    private static func title(_ migration: Migration) -> String { "\(number(migration.version)) \(migration.name)" }

    private static func number(_ version: Int) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

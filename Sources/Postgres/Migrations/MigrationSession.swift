import Foundation
import Logging

/// One run over one connection, on the runner's own thread.
final class MigrationSession {
    private let runner: MigrationRunner
    private let connection: DirectConnection
    private let logger: Logger
    private let isStopped: () -> Bool
    private let table: String

    /// "maitre" in ASCII and a number, out of the way of other users of advisory locks in the same database.
    private static let lockKey: Int64 = 0x6d61_6974_7265_0001

    init(_ runner: MigrationRunner, logger: Logger, isStopped: @escaping () -> Bool) throws {
        self.runner = runner
        self.logger = logger
        self.isStopped = isStopped
        table = quotedIdentifier(runner.schema) + ".maitre_migrations"
        connection = try DirectConnection(url: runner.url, lockTimeout: runner.lockTimeout, isStopped: isStopped)
        try assumeRole()
    }

    func status(known: [Migration]) throws -> MigrationRunner.Status {
        let applied = try readApplied()
        return MigrationRunner.Status(applied: applied, pending: try Self.pending(known: known, applied: applied))
    }

    func apply(known: [Migration]) throws -> [Migration] {
        for migration in known { try Self.check(migration) }
        try lock()
        // The lock is the session's: it goes with the connection.
        let pending = try status(known: known).pending
        if pending.isEmpty { return [] }
        try prepareTable()
        for migration in pending {
            let start = MonotonicTime.now
            try apply(migration)
            logger.info(
                "Migration applied",
                metadata: [
                    "migration": "\(migration.fileName)", "milliseconds": "\(MonotonicTime.now.since(start).roundedMilliseconds)",
                ]
            )
            // Whatever the file has set for its session ends with it.
            try bookkeeping { try connection.execute("reset all") }
            try assumeRole()
        }
        return pending
    }

    /// What is not applied; throws unless the applied list is the beginning of the known list.
    static func pending(known: [Migration], applied: [AppliedMigration]) throws(MigrationError) -> [Migration] {
        let versions = Set(known.map(\.version))
        for migration in applied where !versions.contains(migration.version) {
            throw .unknown(version: migration.version, name: migration.name)
        }
        for (index, migration) in applied.enumerated() {
            guard known[index].version == migration.version else { throw .outOfOrder(file: known[index].fileName) }
            guard known[index].sha256 == migration.sha256 else { throw .changed(file: known[index].fileName) }
        }
        return Array(known.dropFirst(applied.count))
    }

    /// A COMMIT inside the file would leave its first half applied and not recorded.
    private static func check(_ migration: Migration) throws(MigrationError) {
        guard migration.isTransactional else { return }
        for statement in SQLSplitter.split(migration.sql) {
            let words = statement.text.lowercased().split(maxSplits: 2, omittingEmptySubsequences: true) { !$0.isLetter }
            switch words.first {
            case "begin", "commit", "abort": throw .transactionControl(file: migration.fileName, line: statement.line)
            case "start" where words.dropFirst().first == "transaction", "rollback" where words.dropFirst().first != "to":
                throw .transactionControl(file: migration.fileName, line: statement.line)
            default: break
            }
        }
    }

    // MARK: Bookkeeping

    private func assumeRole() throws {
        guard let role = runner.role else { return }
        try bookkeeping { try connection.execute("set role " + quotedIdentifier(role)) }
    }

    private func lock() throws {
        let deadline = MonotonicTime.now + runner.busyTimeout
        while try bookkeeping({ try connection.query("select pg_try_advisory_lock($1)", [String(Self.lockKey)]) }) != [["t"]] {
            if isStopped() { throw CancellationError() }
            if MonotonicTime.now >= deadline { throw MigrationError.busy }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    private func prepareTable() throws {
        try bookkeeping {
            if try connection.query("select to_regnamespace($1) is null", [quotedIdentifier(runner.schema)]) == [["t"]] {
                try connection.execute("create schema if not exists " + quotedIdentifier(runner.schema))
            }
            try connection.execute(
                """
                create table if not exists \(table) (
                    version integer primary key,
                    name text not null,
                    sha256 text not null,
                    applied_at timestamptz not null default clock_timestamp(),
                    milliseconds bigint not null
                )
                """
            )
        }
    }

    private func readApplied() throws -> [AppliedMigration] {
        try bookkeeping {
            guard try connection.query("select to_regclass($1) is not null", [table]) == [["t"]] else { return [] }
            let rows = try connection.query(
                """
                select version, name, sha256, (extract(epoch from applied_at) * 1000000)::bigint, milliseconds
                from \(table) order by version
                """
            )
            return rows.map { row in
                AppliedMigration(
                    version: Int(row[0]) ?? 0,
                    name: row[1],
                    sha256: row[2],
                    appliedAt: PostgresTimestamp(microsecondsSinceUnixEpoch: Int64(row[3]) ?? 0),
                    milliseconds: Int(row[4]) ?? 0
                )
            }
        }
    }

    private func bookkeeping<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let failure as DirectConnection.Failure {
            throw MigrationError.failed(file: "maitre_migrations", line: nil, sqlState: failure.sqlState, message: failure.message)
        }
    }

    // MARK: Applying

    private func apply(_ migration: Migration) throws {
        if migration.isTransactional {
            // One string by the simple protocol is one transaction, the row that records it included.
            try attempt(migration, text: migration.sql, line: 1) {
                let milliseconds = "extract(epoch from clock_timestamp() - now()) * 1000"
                try connection.execute(migration.sql + "\n;\n" + record(migration, milliseconds: milliseconds))
            }
            return
        }
        let start = MonotonicTime.now
        for statement in SQLSplitter.split(migration.sql) {
            if isStopped() { throw CancellationError() }
            try attempt(migration, text: statement.text, line: statement.line) {
                try dropInvalidIndex(statement.text)
                try connection.execute(statement.text)
            }
        }
        let milliseconds = String(MonotonicTime.now.since(start).roundedMilliseconds)
        try bookkeeping { try connection.execute(record(migration, milliseconds: milliseconds)) }
    }

    private func record(_ migration: Migration, milliseconds: String) -> String {
        let name = migration.name.replacing("'", with: "''")
        return "insert into \(table) (version, name, sha256, milliseconds) "
            + "values (\(migration.version), '\(name)', '\(migration.sha256)', (\(milliseconds))::bigint)"
    }

    /// Tries again with growing pauses while a lock cannot be had.
    private func attempt(_ migration: Migration, text: String, line: Int, _ work: () throws -> Void) throws {
        for attempt in 1...runner.lockAttempts {
            do {
                return try work()
            } catch let failure as DirectConnection.Failure {
                guard failure.sqlState == SQLState.lockNotAvailable else {
                    let offset = failure.position.map { position in text.unicodeScalars.prefix(position - 1).count { $0 == "\n" } }
                    throw MigrationError.failed(
                        file: migration.fileName,
                        line: offset.map { line + $0 },
                        sqlState: failure.sqlState,
                        message: failure.message
                    )
                }
                if isStopped() { throw CancellationError() }
                logger.notice("Migration waits for a lock", metadata: ["migration": "\(migration.fileName)", "attempt": "\(attempt)"])
                // Others get their turn before the next attempt blocks them again.
                let pause = Double.random(in: 0.5...1) * min(5, 0.25 * Double(attempt))
                if attempt < runner.lockAttempts { Thread.sleep(forTimeInterval: pause) }
            }
        }
        throw MigrationError.locked(file: migration.fileName, attempts: runner.lockAttempts)
    }

    /// CREATE INDEX CONCURRENTLY that failed leaves an index that is never used and blocks its name.
    private func dropInvalidIndex(_ statement: String) throws {
        let pattern = /create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?([^\s(]+)\s+on\s+(?:only\s+)?([^\s(]+)/
            .ignoresCase()
        guard let match = statement.prefixMatch(of: pattern) else { return }
        // An index is in its table's schema.
        let found = try connection.query(
            """
            select format('%I.%I', n.nspname, c.relname)
            from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
            where i.indrelid = to_regclass($2) and not i.indisvalid and c.relname = (parse_ident($1))[1]
            """,
            [String(match.1), String(match.2)]
        )
        for row in found { try connection.execute("drop index concurrently " + row[0]) }
    }
}

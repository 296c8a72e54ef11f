import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct MigrationRunnerTests {
    /// A directory of migration files, gone afterwards.
    private func withDirectory(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "migrations-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(files, to: path)
        try await body(path)
    }

    private func write(_ files: [String: String], to directory: String) throws {
        for (name, sql) in files { try Data(sql.utf8).write(to: URL(fileURLWithPath: directory + "/" + name)) }
    }

    private func runner(_ database: TestDatabase, _ directory: String, schema: String = "public", role: String? = nil) -> MigrationRunner {
        MigrationRunner(
            url: database.url,
            directory: directory,
            role: role,
            schema: schema,
            lockTimeout: .milliseconds(100),
            lockAttempts: 3,
            logger: .silent
        )
    }

    @Test func `pending files are applied once, in order, each in one transaction`() async throws {
        let files = [
            "0001_first.sql": "create table a (id int);\ninsert into a values (1) -- end", "0002_second.sql": "insert into a values (2);",
            "readme.txt": "no",
        ]
        try await withDirectory(files) { directory in
            try await withDatabaseClient { client, database in
                let runner = runner(database, directory, schema: "maitre meta")
                #expect(try await runner.run(dryRun: true).map(\.fileName) == ["0001_first.sql", "0002_second.sql"])
                try await client.expect("select to_regclass('a') is null and to_regnamespace('\"maitre meta\"') is null", true)
                #expect(try await runner.run().map(\.version) == [1, 2])
                #expect(try await runner.run().isEmpty)
                try await client.expect("select array_agg(id order by id) from a", [1, 2])
                let status = try await runner.status()
                #expect(status.pending.isEmpty)
                #expect(status.applied.map(\.name) == ["first", "second"])
                #expect(
                    status.applied.allSatisfy {
                        $0.sha256.count == 64 && $0.milliseconds >= 0 && $0.appliedAt.microsecondsSinceUnixEpoch > 0
                    }
                )
                try write(["0003_third.sql": "insert into a values (3)"], to: directory)
                #expect(try await runner.pending().map(\.version) == [3])
                #expect(try await runner.run().map(\.version) == [3])
            }
        }
    }

    @Test func `a file that fails leaves nothing and names its line`() async throws {
        try await withDirectory([
            "0001_ok.sql": "create table a (id int)", "0002_bad.sql": "insert into a values (1);\n\nselect\n  missing from a;",
        ]) { directory in
            try await withDatabaseClient { client, database in
                let runner = runner(database, directory)
                let error = await #expect(throws: MigrationError.self) { try await runner.run() }
                #expect(error?.description == "0002_bad.sql:4: column \"missing\" does not exist (SQLSTATE 42703)")
                try await client.expect("select count(*) from a", 0)
                #expect(try await runner.pending().map(\.version) == [2])
                try write(["0002_bad.sql": "insert into a values (1)"], to: directory)
                try await runner.run()
                try await client.expect("select count(*) from a", 1)
            }
        }
    }

    @Test func `a changed, an unknown and a late file are refused`() async throws {
        try await withDirectory(["0001_a.sql": "select 1", "0003_c.sql": "select 3"]) { directory in
            try await withDatabaseClient { _, database in
                let runner = runner(database, directory)
                try await runner.run()
                try write(["0002_b.sql": "select 2"], to: directory)
                await #expect(throws: MigrationError.outOfOrder(file: "0002_b.sql")) { try await runner.run() }
                await #expect(throws: MigrationError.outOfOrder(file: "0002_b.sql")) { try await runner.status() }
                try FileManager.default.removeItem(atPath: directory + "/0002_b.sql")
                try write(["0001_a.sql": "select 1 "], to: directory)
                await #expect(throws: MigrationError.changed(file: "0001_a.sql")) { try await runner.run() }
                try write(["0001_a.sql": "select 1"], to: directory)
                try FileManager.default.removeItem(atPath: directory + "/0003_c.sql")
                await #expect(throws: MigrationError.unknown(version: 3, name: "c")) { try await runner.run() }
            }
        }
    }

    @Test func `files are checked before anything runs`() async throws {
        let wrong: [([String: String], MigrationError)] = [
            (["1_short.sql": ""], .badName("1_short.sql")),
            (["0001-dash.sql": ""], .badName("0001-dash.sql")),
            (["0001_a.sql": "", "0001_b.sql": ""], .duplicate("0001_a.sql", "0001_b.sql")),
            (["0001_a.sql": "select 1;\ncommit;"], .transactionControl(file: "0001_a.sql", line: 2)),
            (["0001_a.sql": "begin"], .transactionControl(file: "0001_a.sql", line: 1)),
        ]
        for (files, expected) in wrong {
            try await withDirectory(files) { directory in
                let runner = MigrationRunner(url: try TestDatabase.clusterURL, directory: directory, logger: .silent)
                let error = await #expect(throws: MigrationError.self) { try await runner.run() }
                if case .duplicate = expected {
                    #expect(error?.description.contains("same number") == true)
                } else {
                    #expect(error == expected)
                }
            }
        }
        let runner = MigrationRunner(url: try TestDatabase.clusterURL, directory: "/nowhere", logger: .silent)
        await #expect(throws: MigrationError.unreadable(path: "/nowhere")) { try await runner.run() }
        try await withDirectory([:]) { directory in
            let runner = MigrationRunner(url: "postgresql://nobody@127.0.0.1:1/none", directory: directory, logger: .silent)
            let error = await #expect(throws: MigrationError.self) { try await runner.run() }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `runners at once migrate once`() async throws {
        try await withDirectory(["0001_a.sql": "create table a (id int); select pg_sleep(0.2)", "0002_b.sql": "insert into a values (1)"]) {
            directory in
            try await withDatabaseClient { client, database in
                let runner = runner(database, directory)
                let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 { group.addTask { try await runner.run().count } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(applied.sorted() == [0, 0, 0, 2])
                try await client.expect("select count(*) from a", 1)
            }
        }
    }

    @Test func `a file outside a transaction runs statement by statement and can be run again`() async throws {
        let sql = """
            -- no-tx
            create table if not exists a (id int);
            insert into a select 1 where not exists (select from a); insert into a select 1;
            create unique index concurrently if not exists a_id on a (id);
            do $$ begin perform 1; end; $$
            """
        try await withDirectory(["0001_index.sql": sql]) { directory in
            try await withDatabaseClient { client, database in
                let runner = runner(database, directory)
                let error = await #expect(throws: MigrationError.self) { try await runner.run() }
                #expect(error?.description.hasPrefix("0001_index.sql:4") == true || error?.description.contains("a_id") == true)
                // The failed build left an invalid index, which `if not exists` alone would take for done.
                try await client.expect("select not indisvalid from pg_index where indexrelid = 'a_id'::regclass", true)
                try await client.run { $0.append("delete from a") }
                try write(["0001_index.sql": sql.replacing(" insert into a select 1;\n", with: "\n")], to: directory)
                try await runner.run()
                try await client.expect("select indisvalid from pg_index where indexrelid = 'a_id'::regclass", true)
            }
        }
    }

    @Test func `a lock that is held is waited for in short attempts`() async throws {
        try await withDirectory(["0001_a.sql": "alter table a add column b int"]) { directory in
            try await withDatabaseClient { client, database in
                try await client.run { $0.append("create table a (id int)") }
                let runner = runner(database, directory)
                try await client.withTransaction { transaction in
                    try await transaction.run { $0.append("select * from a") }
                    await #expect(throws: MigrationError.locked(file: "0001_a.sql", attempts: 3)) { try await runner.run() }
                }
                #expect(try await runner.run().count == 1)
            }
        }
    }

    @Test func `what a file makes belongs to the role`() async throws {
        let role = "owner_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try await withDirectory([
            "0001_a.sql": "set search_path = pg_catalog; create table public.a (id int)", "0002_b.sql": "create table b (id int)",
        ]) { directory in
            try await withDatabaseClient { client, database in
                try await client.run { segment in
                    segment.append("create role \(identifier: role)")
                    segment.append("grant create on schema public to \(identifier: role)")
                }
                try await runner(database, directory, role: role).run()
                let owners = try await client.run { segment in
                    segment.append("select distinct relowner::regrole::text from pg_class where relname in ('a', 'b', 'maitre_migrations')")
                    {
                        try $0.map { try $0.next(String.self) }
                    }
                }
                #expect(owners == [role])
                try await client.run { segment in
                    segment.append("drop owned by \(identifier: role) cascade")
                    segment.append("drop role \(identifier: role)")
                }
            }
        }
    }
}

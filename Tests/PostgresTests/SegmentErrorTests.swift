import Postgres
import TestSupport
import Testing

@Suite struct SegmentErrorTests {
    /// Ways a statement can fail: while parsing, binding, running, and at the commit.
    static let failures: [(Statement, String)] = [
        ("select nothing from nowhere", "42P01"),
        ("select 1 / \(0)", "22012"),
        ("select \("x")::uuid", "22P02"),
        ("insert into t values (\(1))", "23505"),
    ]

    @Test(arguments: 1...6)
    func `an error at every position rolls back the whole segment and the connection goes on`(length: Int) async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { segment in
                segment.append("create table t (id int primary key, n int)")
                segment.append("insert into t values (1)")
            }
            var id = 1000
            for position in 0..<length {
                for (failing, state) in Self.failures {
                    let error = await #expect(throws: PostgresError.self) {
                        try await client.run { segment in
                            for index in 0..<length {
                                id += 1
                                if index == position {
                                    segment.append(failing)
                                } else if index.isMultiple(of: 2) {
                                    segment.append("select set_config('app.merchant_id', \("m\(id)"), true)")
                                } else {
                                    segment.append("insert into t values (\(id))")
                                }
                            }
                        }
                    }
                    #expect(error?.sqlState == state)
                    #expect(error?.statementIndex == position)
                    #expect(error?.kind == .server)
                    // The same connection, and nothing left over.
                    let (count, setting) = try await client.run { segment in
                        (
                            segment.append("select count(*) from t") { try $0.one { try $0.next(Int.self) } },
                            segment.append("select current_setting('app.merchant_id', true)") { try $0.one { try $0.next(String?.self) } }
                        )
                    }
                    #expect(count == 1)
                    #expect(setting ?? "" == "")
                }
            }
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `a deferred constraint fails at the commit`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { segment in
                segment.append("create table parent (id int primary key)")
                segment.append("create table child (id int constraint child_parent references parent deferrable initially deferred)")
            }
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    try await client.run { segment in
                        segment.append("insert into child values (\(1))")
                        segment.append("select 1")
                    }
                }
                #expect(error?.sqlState == SQLState.foreignKeyViolation)
                #expect(error?.constraint == "child_parent")
                #expect(error?.statementIndex == nil)
                try await client.expect("select count(*) from child", 0)
            }
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `a setting made in a segment is gone after it`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            for merchant in ["a", "b"] {
                let inside = try await client.run { segment in
                    segment.append("select set_config('app.merchant_id', \(merchant), true)")
                    return segment.append("select current_setting('app.merchant_id', true)") { try $0.one { try $0.next(String.self) } }
                }
                #expect(inside == merchant)
                let after = try await client.value("select current_setting('app.merchant_id', true)", as: String?.self)
                #expect(after ?? "" == "")
            }
        }
    }

    @Test func `a transaction left open is rolled back and reported`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            let error = await #expect(throws: PostgresError.self) {
                try await client.run { segment in
                    segment.append("begin")
                    segment.append("insert into t values (1)")
                }
            }
            #expect(error?.kind == .usage)
            try await client.expect("select count(*) from t", 0)
        }
    }

    @Test func `copy is refused and the client goes on with another connection`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("copy (select 1) to stdout") } }
            #expect(error?.kind == .usage)
            try await client.expect("select 1", 1)
        }
    }

    @Test func `values are in no description of an error`() async throws {
        try await withDatabaseClient { client, _ in
            try await client.run { $0.append("create table t (id text primary key check (id <> 'hidden-check'), n int not null)") }
            try await client.run { $0.append("insert into t values ('hidden-key', 1)") }
            let failing: [Statement] = [
                "insert into t values (\("hidden-key"), 1)",
                "insert into t values (\("hidden-check"), 1)",
                "insert into t values (\("hidden-null"), \(Int?.none))",
                "select \("hidden-uuid")::uuid",
                "select \("hidden-number")::int",
                "select to_date(\("hidden-date"), \("YYYY"))",
                "select \("hidden-json")::jsonb",
                "do $$ begin raise exception 'hidden-raise'; end $$",
                "select \([UInt8]("hidden-bytes".utf8))::int",
            ]
            for statement in failing {
                let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append(statement) } }
                let error2 = try #require(error)
                // The SQL text is ours and may be shown; only `do` has the word in it.
                let shown = "\(error2) \(String(reflecting: error2))".replacing(statement.sql, with: "")
                #expect(!shown.contains("hidden"), "\(shown)")
                var dumped = ""
                print(error2, to: &dumped)
                #expect(!dumped.contains("hidden"))
            }
            let error = await #expect(throws: PostgresError.self) {
                try await client.run { $0.append("select \("hidden-text")") { try $0.one { try $0.next(Int.self) } } }
            }
            #expect(!String(reflecting: try #require(error)).contains("hidden"))
        }
    }
}

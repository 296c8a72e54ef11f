import Postgres
import TestSupport
import Testing

@Suite struct PreparedStatementTests {
    @Test(arguments: ["discard all", "deallocate all", "deallocate one"])
    func `statements the server has forgotten are prepared anew`(how: String) async throws {
        try await withClusterClient(poolSize: 1) { client in
            for round in 0..<3 {
                try await client.expect("select \(round) + 1", round + 1)
                try await client.expect("select \(round) + 2", round + 2)
                if how == "deallocate one" {
                    let name: String = try await client.value("select name from pg_prepared_statements where statement = 'select $1 + 2'")
                    try await client.run { $0.append("deallocate \(identifier: name)") }
                } else {
                    try await client.run { $0.append("\(unescaped: how)") }
                }
            }
            try await client.expect("select \(9) + 2", 11)
            #expect(client.statistics.repreparations > 0)
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `a segment that loses its statements half way runs again as a whole`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            try await client.run { $0.append("insert into t values (\(0))") }
            try await client.run { segment in
                segment.append("insert into t values (\(1))")
                // Known as prepared from the segment before, gone on the server.
                segment.append("select 1")
            }
            try await client.run { $0.append("deallocate all") }
            try await client.run { segment in
                segment.append("insert into t values (\(2))")
                segment.append("insert into t values (\(3))")
            }
            let ids = try await client.run { $0.append("select id from t order by id") { try $0.map { try $0.next(Int.self) } } }
            #expect(ids == [0, 1, 2, 3])
        }
    }

    @Test func `a changed table does not break prepared statements`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            try await client.run { $0.append("insert into t values (7)") }
            let read: Statement = "select * from t"
            #expect(try await client.run { $0.append(read) { try $0.one { $0.columnCount } } } == 1)
            try await client.run { $0.append("alter table t add column more text") }
            #expect(try await client.run { $0.append(read) { try $0.one { $0.columnCount } } } == 2)
            #expect(client.statistics.repreparations == 1)
        }
    }

    @Test func `a statement prepared in a segment that fails stays prepared`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            for _ in 0..<3 {
                await #expect(throws: PostgresError.self) {
                    try await client.run { segment in
                        segment.append("select \(1) as survives")
                        segment.append("select \(1) / \(0)")
                        segment.append("select \(1) as never_sent")
                    }
                }
            }
            let names = try await client.run { segment in
                segment.append("select statement from pg_prepared_statements order by 1") { try $0.map { try $0.next(String.self) } }
            }
            #expect(names.contains("select $1 as survives"))
            #expect(!names.contains("select $1 as never_sent"))
            #expect(client.statistics.repreparations == 0)
        }
    }

    @Test func `the number of prepared statements on a connection is bounded`() async throws {
        try await withClusterClient(poolSize: 1, configure: { $0.preparedStatementLimit = 10 }) { client in
            for number in 0..<95 {
                try await client.expect("select \(unescaped: String(number)) + \(1)", number + 1)
            }
            #expect(try await client.value("select count(*) from pg_prepared_statements", as: Int.self) <= 10)
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `one text with parameters of different types is several statements`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            try await client.expect("select pg_typeof(\(1))::text", "bigint")
            try await client.expect("select pg_typeof(\("a"))::text", "text")
            try await client.expect("select pg_typeof(\(true))::text", "boolean")
        }
    }
}

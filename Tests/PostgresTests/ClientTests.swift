import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite struct ClientTests {
    @Test func `a segment returns the values of its statements`() async throws {
        try await withPostgresClient(PostgresConfiguration(url: TestDatabase.clusterURL, poolSize: 2)) { client in
            let (number, names) = try await client.run { segment in
                let number = segment.append("select \(41) + 1") { try $0.one { try $0.next(Int.self) } }
                let names = segment.append("select unnest(\(["a", "b"]))") { try $0.map { try $0.next(String.self) } }
                return (number, names)
            }
            #expect(number == 42)
            #expect(names == ["a", "b"])
            let one: Int = try await client.run { $0.append("select 1") { try $0.one { try $0.next() } } }
            #expect(one == 1)
            try await client.run { $0.append("select 1") }
        }
    }

    @Test func `a transaction keeps its connection over several round trips`() async throws {
        try await withTestDatabase { database in
            try await withPostgresClient(PostgresConfiguration(url: database.url, poolSize: 2)) { client in
                try await client.run { $0.append("create table t (id int primary key)") }
                try await client.withTransaction { transaction in
                    try await transaction.run { $0.append("insert into t values (\(1))") }
                    let count = try await transaction.run { $0.append("select count(*) from t") { try $0.one { try $0.next(Int.self) } } }
                    #expect(count == 1)
                }
                struct Refused: Error {}
                await #expect(throws: Refused.self) {
                    try await client.withTransaction { transaction in
                        try await transaction.run { $0.append("insert into t values (\(2))") }
                        throw Refused()
                    }
                }
                let ids = try await client.run { $0.append("select id from t") { try $0.map { try $0.next(Int.self) } } }
                #expect(ids == [1])
                let error = await #expect(throws: PostgresError.self) {
                    try await client.run { $0.append("insert into t values (\(1))") }
                }
                #expect(error?.sqlState == SQLState.uniqueViolation)
                #expect(error?.constraint == "t_pkey")
            }
        }
    }
}

import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
    @Test func `an error fails the transaction even when it is caught`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int primary key)") }
            for firstFails in [true, false] {
                let error = await failure {
                    try await client.withTransaction { transaction in
                        if !firstFails { try await transaction.run { $0.append("insert into t values (1)") } }
                        let caught = await failure {
                            try await transaction.run { segment in
                                segment.append("select 1")
                                segment.append("select \(1) / \(0)")
                            }
                        }
                        #expect(caught?.statementIndex == 1)
                        let again = await failure { try await transaction.run { $0.append("select 1") } }
                        #expect(again?.sqlState == "22012")
                    }
                }
                #expect(error?.sqlState == "22012")
                try await client.expect("select count(*) from t", 0)
                try await client.expect("select pg_current_xact_id_if_assigned() is null", true)
            }
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `level and read only reach the server`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            let level: String = try await client.withTransaction(level: .serializable, readOnly: true) { transaction in
                try await transaction.run { segment in
                    segment.append("select current_setting('transaction_isolation') || current_setting('transaction_read_only')") {
                        try $0.one { try $0.next() }
                    }
                }
            }
            #expect(level == "serializableon")
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(readOnly: true) { try await $0.run { $0.append("create table never (id int)") } }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func `an empty transaction takes no connection`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            try await client.withTransaction { _ in }
            #expect(client.statistics.segments == 0)
        }
    }

    @Test func `a transaction that has ended can do nothing`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            let escaped = try await client.withTransaction { transaction in
                try await transaction.run { $0.append("select 1") }
                return transaction
            }
            let error = await #expect(throws: PostgresError.self) { try await escaped.run { $0.append("select 1") } }
            #expect(error?.kind == .usage)
            try await client.expect("select 1", 1)
        }
    }

    @Test func `segments sent at once in one transaction run one after another`() async throws {
        try await withDatabaseClient(poolSize: 2) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            try await client.withTransaction { transaction in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in 0..<20 { group.addTask { try await transaction.run { $0.append("insert into t values (\(id))") } } }
                    try await group.waitForAll()
                }
            }
            let (count, transactions) = try await client.run { segment in
                (
                    segment.append("select count(*) from t") { try $0.one { try $0.next(Int.self) } },
                    segment.append("select count(distinct xmin::text) from t") { try $0.one { try $0.next(Int.self) } }
                )
            }
            #expect(count == 20)
            #expect(transactions == 1)
        }
    }

    @Test func `a commit that the server turned into a rollback is an error`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { segment in
                segment.append("create table t (id int constraint later unique deferrable initially deferred)")
            }
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.run { $0.append("insert into t values (1)") }
                    try await transaction.run { $0.append("insert into t values (1)") }
                }
            }
            #expect(error?.constraint == "later")
            try await client.expect("select count(*) from t", 0)
        }
    }
}

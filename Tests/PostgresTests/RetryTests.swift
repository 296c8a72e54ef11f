import Postgres
import TestSupport
import Testing

@Suite struct RetryTests {
    @Test func `deadlocked segments all succeed in the end`() async throws {
        try await withDatabaseClient(poolSize: 4, configure: { $0.retryLimit = 20 }) { client, database in
            try await client.run { segment in
                segment.append("create table t (id int primary key, n int not null)")
                segment.append("insert into t values (1, 0), (2, 0)")
                segment.append("alter database \(identifier: database.name) set deadlock_timeout = '10ms'")
            }
            try await withPostgresClient(PostgresConfiguration(url: database.url, poolSize: 4, retryLimit: 20), logger: .silent) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<4 {
                        group.addTask {
                            for _ in 0..<5 {
                                let (first, second) = task.isMultiple(of: 2) ? (1, 2) : (2, 1)
                                try await client.run { segment in
                                    segment.append("update t set n = n + 1 where id = \(first)")
                                    segment.append("select pg_sleep(0.005)")
                                    segment.append("update t set n = n + 1 where id = \(second)")
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await client.expect("select array_agg(n) from t", [20, 20])
                #expect(client.statistics.retries > 0)
            }
        }
    }

    @Test func `a serialization failure is retried and its limit is kept`() async throws {
        try await withDatabaseClient(poolSize: 1, configure: { $0.retryLimit = 2 }) { client, _ in
            try await client.run { $0.append("create sequence tries") }
            // Fails for the first two tries; a sequence is not rolled back.
            let flaky: Statement = """
                do $$ begin if nextval('tries') < 3 then raise exception 'conflict' using errcode = '40001'; end if; end $$
                """
            try await client.run { $0.append(flaky) }
            #expect(client.statistics.retries == 2)
            let always: Statement = "do $$ begin raise exception 'conflict' using errcode = '40001'; end $$"
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append(always) } }
            #expect(error?.sqlState == SQLState.serializationFailure)
            #expect(error?.isRetryable == true)
            #expect(client.statistics.retries == 4)
        }
    }
}

import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionLossTests {
    @Test func `a backend ended while idle costs nobody anything`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            let process: Int32 = try await client.value("select pg_backend_pid()")
            try await withClusterClient(poolSize: 1) { other in
                try await other.expect("select pg_terminate_backend(\(process))", true)
                try await other.wait(until: "select not exists (select from pg_stat_activity where pid = \(process))")
            }
            try await eventually { client.statistics.lostConnections != 0 }
            #expect(try await client.value("select pg_backend_pid()", as: Int32.self) != process)
        }
    }

    @Test func `a backend ended in mid-segment is known not to have committed and the segment runs again`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, database in
            try await client.run { $0.append("create table t (process int)") }
            try await withPostgresClient(PostgresConfiguration(url: database.url, poolSize: 1), logger: .silent) { other in
                let process: Int32 = try await client.value("select pg_backend_pid()")
                async let work: Void = client.run { segment in
                    segment.append("insert into t values (pg_backend_pid())")
                    // The first process is held here; its successor finds the lock free.
                    segment.append("select pg_sleep(case when pg_backend_pid() = \(process) then 30 else 0 end)")
                }
                try await other.wait(
                    until: "select exists (select from pg_stat_activity where pid = \(process) and wait_event = 'PgSleep')"
                )
                _ = try await other.value("select pg_terminate_backend(\(process))", as: Bool.self)
                try await work
                let processes = try await client.run { $0.append("select process from t") { try $0.map { try $0.next(Int32.self) } } }
                #expect(processes.count == 1)
                #expect(processes.first != process)
                #expect(client.statistics.retries == 1)
            }
        }
    }

    @Test func `without retries the same loss is reported as not committed`() async throws {
        try await withClusterClient(poolSize: 1, configure: { $0.retryLimit = 0 }) { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.run { $0.append("select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)") }
            }
            #expect(error?.kind == .connectionLost(ambiguous: false))
            #expect(error?.sqlState == "57P01")
            #expect(error?.isRetryable == true)
            try await client.expect("select 1", 1)
        }
    }

    @Test func `a connection cut between the commit and its answer leaves the outcome unknown`() async throws {
        try await withDatabaseClient(poolSize: 1) { direct, database in
            try await direct.run { $0.append("create table t (id int)") }
            let proxy = try TestProxy(to: database.url)
            defer { proxy.stop() }
            try await withPostgresClient(PostgresConfiguration(url: proxy.proxiedURL, poolSize: 1), logger: .silent) { client in
                try await client.expect("select 1", 1)
                proxy.change { $0.holdsAnswers = true }
                let work = Task { try await client.run { $0.append("insert into t values (\(1))") } }
                try await direct.wait(until: "select exists (select from t)")
                proxy.cut()
                proxy.change { $0.holdsAnswers = false }
                let error = await #expect(throws: PostgresError.self) { try await work.value }
                #expect(error?.isAmbiguous == true)
                #expect(error?.isRetryable == false)
                // Not run again by itself.
                try await client.expect("select count(*) from t", 1)
            }
        }
    }

    @Test func `a segment that never left whole is run again`() async throws {
        try await withDatabaseClient(poolSize: 1) { direct, database in
            try await direct.run { $0.append("create table t (size int)") }
            let proxy = try TestProxy(to: database.url)
            defer { proxy.stop() }
            try await withPostgresClient(PostgresConfiguration(url: proxy.proxiedURL, poolSize: 1), logger: .silent) { client in
                try await client.expect("select 1", 1)
                proxy.change { $0.holdsRequests = true }
                // More than the sockets' buffers take, so that the Sync is still ours when the connection breaks.
                let text = String(repeating: "x", count: 32_000_000)
                let work = Task { try await client.run { $0.append("insert into t values (length(\(text)))") } }
                try await eventually { client.statistics.usedConnections != 0 }
                try await Task.sleep(for: .milliseconds(50))
                proxy.cut()
                proxy.change { $0.holdsRequests = false }
                try await work.value
                try await direct.expect("select array_agg(size) from t", [32_000_000])
                #expect(client.statistics.retries == 1)
            }
        }
    }

    @Test func `a connection cut while a transaction commits leaves its outcome unknown, before it does not`() async throws {
        try await withDatabaseClient(poolSize: 1) { direct, database in
            try await direct.run { $0.append("create table t (id int)") }
            let proxy = try TestProxy(to: database.url)
            defer { proxy.stop() }
            try await withPostgresClient(PostgresConfiguration(url: proxy.proxiedURL, poolSize: 1), logger: .silent) { client in
                let work = Task {
                    try await client.withTransaction { transaction in
                        try await transaction.run { $0.append("insert into t values (\(1))") }
                        proxy.change { $0.holdsAnswers = true }
                    }
                }
                try await direct.wait(until: "select exists (select from t)")
                proxy.cut()
                proxy.change { $0.holdsAnswers = false }
                let error = await #expect(throws: PostgresError.self) { try await work.value }
                #expect(error?.isAmbiguous == true)

                let early = await #expect(throws: PostgresError.self) {
                    try await client.withTransaction { transaction in
                        try await transaction.run { $0.append("insert into t values (\(2))") }
                        proxy.cut()
                        try await transaction.run { $0.append("insert into t values (\(3))") }
                    }
                }
                #expect(early?.kind == .connectionLost(ambiguous: false))
                try await client.expect("select array_agg(id) from t", [1])
            }
        }
    }

    @Test func `connections come back after the server was away`() async throws {
        let proxy = try TestProxy(to: TestDatabase.clusterURL)
        defer { proxy.stop() }
        var configuration = PostgresConfiguration(url: proxy.proxiedURL, poolSize: 3)
        configuration.waitTimeout = .seconds(1)
        try await withPostgresClient(configuration, logger: .silent) { client in
            try await client.expect("select 1", 1)
            proxy.change { $0.refuses = true }
            proxy.cut()
            try await eventually { client.statistics.connectFailures >= 2 }
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
            guard case .unavailable = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            proxy.change { $0.refuses = false }
            try await eventually { client.statistics.connects >= 2 }
            try await client.expect("select 2", 2)
        }
    }

    @Test func `random cuts lose no caller and double no committed row`() async throws {
        try await withDatabaseClient(poolSize: 1) { direct, database in
            try await direct.run { $0.append("create table t (id int)") }
            let proxy = try TestProxy(to: database.url, behaviour: .init(maxChunk: 20), seed: 7)
            defer { proxy.stop() }
            var configuration = PostgresConfiguration(url: proxy.proxiedURL, poolSize: 3, waitTimeout: .seconds(20))
            configuration.retryLimit = 50
            try await withPostgresClient(configuration, logger: .silent) { client in
                let cutter = Task {
                    while !Task.isCancelled {
                        try await Task.sleep(for: .milliseconds(15))
                        proxy.cut()
                    }
                }
                var acknowledged: [Int] = []
                var unknown = Set<Int>()
                try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
                    for id in 0..<200 {
                        group.addTask {
                            do {
                                try await client.run { $0.append("insert into t values (\(id))") }
                                return (id, true)
                            } catch let error as PostgresError where error.isAmbiguous {
                                return (id, false)
                            }
                        }
                    }
                    for try await (id, isKnown) in group {
                        if isKnown { acknowledged.append(id) } else { unknown.insert(id) }
                    }
                }
                cutter.cancel()
                let stored = try await direct.run { $0.append("select id from t order by id") { try $0.map { try $0.next(Int.self) } } }
                #expect(Set(stored).count == stored.count, "a row was stored twice")
                #expect(Set(acknowledged).isSubset(of: stored))
                #expect(Set(stored).subtracting(acknowledged).isSubset(of: unknown))
                #expect(client.statistics.lostConnections > 0)
            }
        }
    }
}

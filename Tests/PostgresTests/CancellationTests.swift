import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct CancellationTests {
    @Test func `a cancelled caller leaves the queue at once`() async throws {
        try await withClusterClient(poolSize: 1) { client in
            try await client.withTransaction { transaction in
                try await transaction.run { $0.append("select 1") }
                let tasks = (0..<200).map { number in Task { try await client.value("select \(number)", as: Int.self) } }
                try await eventually { client.statistics.waiters >= 200 }
                for task in tasks { task.cancel() }
                for task in tasks {
                    await #expect(throws: CancellationError.self) { try await task.value }
                }
                try await eventually { client.statistics.waiters <= 0 }
            }
            try await client.expect("select 1", 1)
        }
    }

    @Test func `a statement in progress is cancelled on the server and its connection goes on`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            let process: Int32 = try await client.value("select pg_backend_pid()")
            for round in 0..<5 {
                let start = ContinuousClock.now
                let task = Task {
                    try await client.run { segment in
                        segment.append("insert into t values (\(round))")
                        segment.append("select pg_sleep(30)")
                    }
                }
                try await eventually { client.statistics.usedConnections != 0 }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(ContinuousClock.now - start < .seconds(10))
                // The same connection, not hit by the late request.
                let (now, count) = try await client.run { segment in
                    (
                        segment.append("select pg_backend_pid()") { try $0.one { try $0.next(Int32.self) } },
                        segment.append("select count(*) from t") { try $0.one { try $0.next(Int.self) } }
                    )
                }
                #expect(now == process)
                #expect(count == 0)
            }
        }
    }

    @Test func `cancelling at random moments leaves no caller and no connection behind`() async throws {
        try await withClusterClient(poolSize: 3, configure: { $0.waitTimeout = .seconds(30) }) { client in
            var random = SplitMix64(seed: 11)
            let tasks = (0..<300).map { number in
                Task { try await client.value("select \(number) from pg_sleep(0.002)", as: Int.self) }
            }
            for (index, task) in tasks.enumerated() where Bool.random(using: &random) {
                if index.isMultiple(of: 7) { try await Task.sleep(for: .milliseconds(1)) }
                task.cancel()
            }
            for (number, task) in tasks.enumerated() {
                do {
                    #expect(try await task.value == number)
                } catch is CancellationError {
                    #expect(task.isCancelled)
                }
            }
            try await eventually { client.statistics.usedConnections <= 0 }
            #expect(client.statistics.waiters == 0)
            #expect(client.statistics.lostConnections == 0)
            for number in 0..<20 { try await client.expect("select \(number)", number) }
        }
    }

    @Test func `a task cancelled before it starts sends nothing`() async throws {
        try await withClusterClient { client in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await client.run { $0.append("select 1") }
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(client.statistics.segments == 0)
        }
    }

    @Test func `a cancelled transaction is rolled back and its connection comes back`() async throws {
        try await withDatabaseClient(poolSize: 1) { client, _ in
            try await client.run { $0.append("create table t (id int)") }
            let task = Task {
                try await client.withTransaction { transaction in
                    try await transaction.run { $0.append("insert into t values (1)") }
                    try await transaction.run { $0.append("select pg_sleep(30)") }
                }
            }
            try await eventually { client.statistics.segments >= 2 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await client.expect("select count(*) from t", 0)
            #expect(client.statistics.connects == 1)
        }
    }

    @Test func `a cancel that does not get through gives the connection up`() async throws {
        let proxy = try TestProxy(to: TestDatabase.clusterURL)
        defer { proxy.stop() }
        var configuration = PostgresConfiguration(url: proxy.proxiedURL, poolSize: 1)
        configuration.cancelTimeout = .milliseconds(100)
        try await withPostgresClient(configuration, logger: .silent) { client in
            try await client.expect("select 1", 1)
            proxy.change {
                $0.holdsRequests = true
                $0.holdsAnswers = true
            }
            let task = Task { try await client.value("select 2", as: Int.self) }
            try await eventually { client.statistics.usedConnections != 0 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            proxy.change {
                $0.holdsRequests = false
                $0.holdsAnswers = false
            }
            try await client.expect("select 3", 3)
        }
    }
}

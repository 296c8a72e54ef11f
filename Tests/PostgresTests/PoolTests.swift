import Foundation
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct PoolTests {
    @Test func `10,000 callers at once on 4 connections all get their own answer`() async throws {
        try await withClusterClient(
            poolSize: 4,
            configure: {
                $0.maxWaiters = 10_000
                $0.waitTimeout = .seconds(60)
            }
        ) { client in
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10_000 {
                    group.addTask {
                        try await client.run { $0.append("select \(number)") { try $0.one { try $0.next(Int.self) } } } != number
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
            let statistics = client.statistics
            #expect(statistics.segments == 10_000)
            #expect(statistics.connects <= 4)
            #expect(statistics.waiters == 0)
            #expect(statistics.exhausted == 0)
        }
    }

    @Test func `a caller that waits too long is told how long it waited`() async throws {
        try await withClusterClient(poolSize: 1, configure: { $0.waitTimeout = .milliseconds(80) }) { client in
            try await client.open()
            try await client.withTransaction { transaction in
                try await transaction.run { $0.append("select 1") }
                let start = ContinuousClock.now
                let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 2") } }
                guard case .poolExhausted(let waited) = error?.kind else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(waited >= .milliseconds(80))
                #expect(waited <= ContinuousClock.now - start)
                #expect(error?.isOutage == true)
                #expect(error?.description.contains("no free connection after") == true)
            }
            try await client.expect("select 3", 3)
            #expect(client.statistics.exhausted == 1)
        }
    }

    @Test func `more callers than may wait are refused at once`() async throws {
        try await withClusterClient(poolSize: 1, configure: { $0.maxWaiters = 2 }) { client in
            let waiting = try await client.withTransaction { transaction in
                try await transaction.run { $0.append("select 1") }
                let waiting = (0..<2).map { number in Task { try await client.value("select \(number)", as: Int.self) } }
                try await eventually { client.statistics.waiters >= 2 }
                let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
                #expect(error?.kind == .poolExhausted(waited: .zero))
                try await transaction.run { $0.append("select 1") }
                return waiting
            }
            for (number, task) in waiting.enumerated() { #expect(try await task.value == number) }
        }
    }

    @Test func `without a server callers get a clear error after their wait`() async throws {
        var configuration = PostgresConfiguration(url: "postgresql://nobody@127.0.0.1:1/none", waitTimeout: .milliseconds(100))
        configuration.connectTimeout = .milliseconds(100)
        try await withPostgresClient(configuration, logger: .silent) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
            guard case .unavailable(let waited) = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(waited >= .milliseconds(100) && waited < .seconds(2))
            #expect(error?.debugDescription.contains("refused") == true)
            #expect(error?.isOutage == true)
        }
    }

    @Test func `a connection string that cannot be read is reported without showing it`() async throws {
        try await withPostgresClient(PostgresConfiguration(url: "postgres://u:secret@[broken"), logger: .silent) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
            #expect(error?.kind == .usage)
            #expect(!String(reflecting: error).contains("secret"))
        }
    }

    @Test func `sessions have the configured settings`() async throws {
        try await withClusterClient(
            configure: {
                $0.statementTimeout = .milliseconds(1234)
                $0.lockTimeout = .milliseconds(2345)
                $0.idleInTransactionTimeout = .milliseconds(3456)
                $0.applicationName = "settings test"
            }
        ) { client in
            let settings = try await client.run { segment in
                segment.append(
                    """
                    select current_setting('statement_timeout'), current_setting('lock_timeout'),
                           current_setting('idle_in_transaction_session_timeout'), current_setting('application_name'),
                           current_setting('client_encoding'), current_setting('TimeZone')
                    """
                ) { try $0.one { row in try (0..<6).map { _ in try row.next(String.self) } } }
            }
            #expect(settings == ["1234ms", "2345ms", "3456ms", "settings test", "UTF8", "UTC"])
        }
    }

    @Test func `shutdown lets work in progress and in the queue end and refuses new work`() async throws {
        let client = PostgresClient(PostgresConfiguration(url: try TestDatabase.clusterURL, poolSize: 1), logger: .silent)
        let key = Int.random(in: 0 ... .max)
        try await withClusterClient(poolSize: 1) { holder in
            let (tasks, shutdown) = try await holder.withTransaction { transaction in
                try await transaction.run { $0.append("select pg_advisory_xact_lock(\(key))") }
                let tasks = (0..<5).map { number in
                    Task { try await client.value("select \(number) from pg_advisory_xact_lock(\(key))", as: Int.self) }
                }
                try await eventually { client.statistics.waiters >= 4 && client.statistics.usedConnections == 1 }
                let shutdown = Task { await client.shutDown() }
                return (tasks, shutdown)
            }
            for (number, task) in tasks.enumerated() { #expect(try await task.value == number) }
            await shutdown.value
        }
        let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
        #expect(error?.kind == .closed)
        #expect(client.statistics.openConnections == 0)
    }

    @Test func `shutdown ends what does not end by itself`() async throws {
        var configuration = PostgresConfiguration(url: try TestDatabase.clusterURL, poolSize: 1)
        configuration.shutdownTimeout = .milliseconds(50)
        let client = PostgresClient(configuration, logger: .silent)
        let running = Task { try await client.value("select 1 from pg_sleep(20)", as: Int.self) }
        try await eventually { client.statistics.usedConnections >= 1 }
        let waiting = Task { try await client.value("select 1", as: Int.self) }
        try await eventually { client.statistics.waiters >= 1 && client.statistics.usedConnections >= 1 }
        await client.shutDown()
        let lost = await #expect(throws: PostgresError.self) { try await running.value }
        #expect(lost?.isAmbiguous == true)
        let closed = await #expect(throws: PostgresError.self) { try await waiting.value }
        #expect(closed?.kind == .closed)
    }

    @Test func `the client ends with its service group`() async throws {
        let client = PostgresClient(PostgresConfiguration(url: try TestDatabase.clusterURL, poolSize: 1), logger: .silent)
        let group = ServiceGroup(services: [client], logger: .silent)
        let running = Task { try await group.run() }
        try await client.expect("select 1", 1)
        await group.triggerGracefulShutdown()
        try await running.value
        let error = await #expect(throws: PostgresError.self) { try await client.run { $0.append("select 1") } }
        #expect(error?.kind == .closed)
    }
}

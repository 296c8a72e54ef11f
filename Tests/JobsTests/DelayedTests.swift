import Core
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// H1: jobs that start later.
@Suite struct DelayedTests {
    @Test("A merchant's delayed job starts when it is due, once whoever looks, in the order in which they are due; what is not due stays")
    func due() async throws {
        try await QueueFixture.run { fixture in
            let tenantClient = try fixture.database.client(role: "maitre_tenant", poolSize: 1)
            let tenant = TenantDatabase(client: tenantClient)
            let merchant = MerchantID.new()
            for (number, delay) in [(2, 20), (1, 10), (3, 30), (9, 600)] {
                try await tenant.tenant(merchant) { tx in
                    JobRepository(tx).delay(
                        NewJob(key: "a", kind: "test", arguments: PostgresJSON("{\"n\":\(number)}")),
                        on: QueueFixture.queue,
                        by: .seconds(60 * delay)
                    )
                }
            }
            await tenantClient.shutDown()
            #expect(try await fixture.platform.platform { tx in QueueRepository(tx).stageDue() }.isEmpty)
            #expect(try await fixture.platform.counts(of: QueueFixture.queue) == [.delayed: 4])
            try await fixture.sql("with x as (update queue.jobs_delayed set due_at = due_at - interval '1 hour' returning 1) select ''")
            // Every node looks at the same moment.
            let staged = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 { group.addTask { try await fixture.platform.platform { tx in QueueRepository(tx).stageDue() } } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(staged == ["inbound"])
            #expect(try await fixture.platform.counts(of: QueueFixture.queue) == [.delayed: 1, .ready: 3])
            var seen: [String] = []
            while let job = try await fixture.next() {
                seen.append(job.arguments.string)
                try await fixture.complete([job])
            }
            #expect(seen == [#"{"n": 1}"#, #"{"n": 2}"#, #"{"n": 3}"#])
        }
    }

    @Test("A transaction that fails leaves no delayed job; a stager that dies leaves it where it was")
    func atomic() async throws {
        try await QueueFixture.run { fixture in
            let insert = """
                insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind)
                values (clock_timestamp(), 'inbound', gen_random_uuid(), 'a', 'test')
                """
            struct Died: Error {}
            await #expect(throws: Died.self) {
                try await fixture.client.withTransaction { transaction in
                    try await transaction.run { $0.append(Statement(unescaped: insert)) }
                    throw Died()
                }
            }
            #expect(try await fixture.platform.counts(of: QueueFixture.queue).isEmpty)
            try await fixture.client.run { $0.append(Statement(unescaped: insert)) }
            await #expect(throws: Died.self) {
                try await fixture.client.withTransaction { transaction in
                    try await transaction.run { $0.append("select queue.stage_due(10)") }
                    throw Died()
                }
            }
            #expect(try await fixture.platform.counts(of: QueueFixture.queue) == [.delayed: 1])
            #expect(try await fixture.platform.platform { tx in QueueRepository(tx).stageDue() } == ["inbound"])
            #expect(try await fixture.claim().count == 1)
        }
    }

    @Test("The maintenance stages by itself and wakes the worker, also while the queue is limited")
    func maintenance() async throws {
        try await QueueFixture.run { fixture in
            let handler = RecordingHandler(database: fixture.platform)
            let limits = QueueLimits(rate: .init(starts: 100, window: .seconds(60)), running: 2)
            try await fixture.service.limit(QueueFixture.queue, to: limits, by: QueueFixture.actor)
            try await fixture.sql(
                """
                with added as (
                    insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind, args)
                    select clock_timestamp() + n * interval '20 milliseconds', 'inbound', gen_random_uuid(), 'k', 'test', jsonb_build_object('n', n)
                    from generate_series(1, 10) n returning 1)
                select count(*)::text from added
                """
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                let worker = Worker(
                    handler,
                    database: fixture.platform,
                    bell: fixture.bell,
                    // A wake-up may be left to the poll when somebody enqueues while somebody claims.
                    configuration: WorkerConfiguration(concurrency: 8, pollInterval: .seconds(2)),
                    logger: Logger(label: "test")
                )
                let maintenance = QueueMaintenance(database: fixture.platform, bell: fixture.bell, logger: Logger(label: "test"))
                group.addTask { try await worker.run() }
                group.addTask { try await maintenance.run() }
                for _ in 0..<400 where handler.count < 10 { try await Task.sleep(for: .milliseconds(25)) }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(handler.count == 10)
        }
    }
}

import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// H1, B10: lanes as postgres.md 2.4 promises them.
@Suite struct LaneTests {
    private static let queue = Queue.inbound

    private static func withQueue(_ body: (PlatformDatabase) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            let client = try database.client(role: "maitre_platform", poolSize: 8)
            do { try await body(PlatformDatabase(client: client)) } catch {
                await client.shutDown()
                throw error
            }
            await client.shutDown()
        }
    }

    private static func enqueue(_ keys: [(MerchantID, String)], _ database: PlatformDatabase, priority: LanePriority = .normal) async throws
    {
        try await database.platform { tx in
            QueueRepository(tx).enqueue(
                keys.enumerated().map { index, key in (key.0, NewJob(key: key.1, kind: "test", arguments: PostgresJSON("{\"n\":\(index)}")))
                },
                on: queue,
                priority: priority
            )
        }
    }

    private static func claim(_ database: PlatformDatabase, _ limit: Int = 100, lease: Duration = .seconds(30)) async throws -> [Job] {
        try await database.platform { tx in QueueRepository(tx).claim(queue, limit: limit, lease: lease) }
    }

    @Test("One job of a lane at a time, in the order they were added; other lanes go on meanwhile")
    func order() async throws {
        try await Self.withQueue { database in
            let merchant = MerchantID.new()
            try await Self.enqueue([(merchant, "a"), (merchant, "b"), (merchant, "a"), (merchant, "a")], database)
            var seen: [String] = []
            while true {
                let jobs = try await Self.claim(database)
                if jobs.isEmpty { break }
                #expect(Set(jobs.map(\.key)).count == jobs.count)
                // The head of a leased lane is nobody else's.
                #expect(try await Self.claim(database).isEmpty)
                seen += jobs.map { "\($0.key)\($0.arguments.string)" }
                try await database.platform { tx in QueueRepository(tx).complete(jobs, on: Self.queue) }
            }
            #expect(seen.filter { $0.hasPrefix("a") } == ["a{\"n\": 0}", "a{\"n\": 2}", "a{\"n\": 3}"])
            #expect(seen.count == 4)
        }
    }

    @Test("A lost lease cannot complete: the fence raises, and whoever holds the lane does")
    func fencing() async throws {
        try await Self.withQueue { database in
            try await Self.enqueue([(.new(), "a")], database)
            let stale = try #require(try await Self.claim(database, lease: .milliseconds(1)).first)
            var taken: Job?
            for _ in 0..<200 where taken == nil {
                try await Task.sleep(for: .milliseconds(10))
                taken = try await Self.claim(database).first
            }
            let current = try #require(taken)
            #expect(current.id == stale.id)
            #expect(current.attempt == 2)
            let error = await postgresFailure {
                try await database.platform { tx in QueueRepository(tx).complete([stale], on: Self.queue) }
            }
            #expect(error?.sqlState == QueueState.leaseLost)
            try await database.platform { tx in QueueRepository(tx).complete([current], on: Self.queue) }
        }
    }

    @Test("Leases are prolonged in the order in which lanes are taken by those who add jobs: neither has what the other waits for")
    func prolongingInOrder() async throws {
        try await Self.withQueue { database in
            let merchant = MerchantID.new()
            try await Self.enqueue([(merchant, "a"), (merchant, "b")], database)
            let jobs = try await Self.claim(database).sorted { $0.key > $1.key }
            #expect(jobs.map(\.key) == ["b", "a"])
            async let adding: Void = database.platform { tx in
                tx.append("select from queue.lanes where merchant_id = \(merchant) and key = 'a' for update")
                tx.append("select pg_sleep(0.5)")
                // Not taken by the other one, which waits for the first.
                tx.append("select from queue.lanes where merchant_id = \(merchant) and key = 'b' for update nowait")
            }
            try await Task.sleep(for: .milliseconds(150))
            let held = try await database.platform { tx in QueueRepository(tx).heartbeat(jobs, on: Self.queue, for: .seconds(30)) }
            #expect(held == Set(jobs.map(\.lease)))
            try await adding
        }
    }

    @Test(
        "A failing job backs its own lane off, counts attempts unless the infrastructure failed, and ends as a dead letter that can be replayed"
    )
    func failing() async throws {
        try await Self.withQueue { database in
            try await database.platform { tx in
                QueueRepository(tx).enqueue(
                    [(.new(), NewJob(key: "a", kind: "test", arguments: PostgresJSON("{}")))],
                    on: Self.queue,
                    maxAttempts: 2
                )
            }
            var results: [String] = []
            for counts in [false, true, true] {
                var job: Job?
                for _ in 0..<200 where job == nil {
                    job = try await Self.claim(database).first
                    if job == nil { try await Task.sleep(for: .milliseconds(10)) }
                }
                let failed = try #require(job)
                results.append(
                    try await database.platform { tx in
                        QueueRepository(tx).fail(failed, error: "no", after: .milliseconds(5), countsAttempt: counts)
                    }
                )
            }
            #expect(results == ["retry", "retry", "dead"])
            let counts = try await database.counts(of: Self.queue)
            #expect(counts == [.dead: 1])
            let dead = try await database.platform { tx in
                tx.append("select id from queue.jobs_dead") { rows in try rows.first { row in try row.next(Int64.self) } ?? 0 }
            }
            _ = try await QueueService(database: database).replay(dead, by: .system("test"))
            #expect(try await database.counts(of: Self.queue) == [.ready: 1])
        }
    }

    @Test("Merchants take turns: one with 2,000 lanes does not keep another waiting, and never runs more than its cap")
    func fairness() async throws {
        try await Self.withQueue { database in
            let (greedy, modest) = (MerchantID.new(), MerchantID.new())
            try await Self.enqueue((0..<2000).map { (greedy, "g\($0)") }, database)
            try await Self.enqueue([(modest, "m")], database)
            var claimed: [Job] = []
            for _ in 0..<5 { claimed += try await Self.claim(database, 20) }
            #expect(claimed.contains { $0.merchant == modest })
            for _ in 0..<10 { claimed += try await Self.claim(database, 100) }
            #expect(claimed.filter { $0.merchant == greedy }.count == 32)
            // When one of its jobs ends, its next lane may run at once.
            let ended = try #require(claimed.first { $0.merchant == greedy })
            try await database.platform { tx in QueueRepository(tx).complete([ended], on: Self.queue) }
            #expect(try await Self.claim(database, 100).count == 1)
        }
    }

    @Test("An urgent lane goes before normal ones of the same merchant")
    func priority() async throws {
        try await Self.withQueue { database in
            let merchant = MerchantID.new()
            try await Self.enqueue([(merchant, "slow"), (merchant, "slower")], database)
            try await Self.enqueue([(merchant, "fast")], database, priority: .urgent)
            #expect(try await Self.claim(database, 1).map(\.key) == ["fast"])
        }
    }

    @Test("Delayed jobs start when they are due; unique ones are there once")
    func delayedAndUnique() async throws {
        try await Self.withQueue { database in
            let merchant = MerchantID.new()
            try await database.platform { tx in
                tx.append(
                    """
                    insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind) values
                        (now() - interval '1 second', 'inbound', \(merchant), 'due', 'x'), (now() + interval '1 hour', 'inbound', \(merchant), 'later', 'x')
                    """
                )
            }
            #expect(try await database.platform { tx in QueueRepository(tx).stageDue() } == ["inbound"])
            #expect(try await Self.claim(database).map(\.key) == ["due"])
            let unique: Statement = "select queue.enqueue_unique('inbound', \(merchant), 'u', 'x', '{}', 'once')"
            let ids = try await database.platform { tx in
                (
                    tx.append(unique) { rows in try rows.first { row in try row.next(Int64?.self) } ?? nil },
                    tx.append(unique) { rows in try rows.first { row in try row.next(Int64?.self) } ?? nil }
                )
            }
            #expect(ids.0 != nil)
            #expect(ids.1 == nil)
        }
    }

    @Test("An enqueuer that is not committed yet when the last look at its merchant finds nothing is not forgotten")
    func lastLook() async throws {
        try await withMigratedDatabase { database in
            let client = try database.client(role: "maitre_platform", poolSize: 4)
            let platform = PlatformDatabase(client: client)
            let merchant = MerchantID.new()
            // The state some twenty seconds after a burst: one look is left before the merchant is left alone.
            try await platform.platform { tx in
                tx.append(
                    """
                    insert into queue.schedule (queue, merchant_id, ready_at, misses)
                    values ('inbound', \(merchant), clock_timestamp() - interval '1 second', 11)
                    """
                )
            }
            try await client.withTransaction { transaction in
                try await transaction.run { segment in
                    segment.append("select queue.enqueue('inbound', array[\(merchant)], array['a'], array['x'], array['{}'::jsonb])")
                }
                // Another worker looks meanwhile and cannot see the job.
                #expect(try await Self.claim(platform).isEmpty)
            }
            #expect(try await Self.claim(platform).map(\.key) == ["a"])
            await client.shutDown()
        }
    }

    @Test("A job whose workers died more often than it may fail is buried without being run")
    func poison() async throws {
        try await withMigratedDatabase { database in
            let client = try database.client(role: "maitre_platform", poolSize: 4)
            let bell = Bell(client: client, logger: Logger(label: "test"))
            let platform = PlatformDatabase(client: client, observer: bell)
            let handler = RecordingHandler(database: platform)
            try await Self.enqueue([(.new(), "a")], platform)
            try await platform.platform { tx in tx.append("update queue.lanes set attempt = 10") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let worker = Worker(
                    handler,
                    database: platform,
                    bell: bell,
                    configuration: WorkerConfiguration(concurrency: 2, pollInterval: .milliseconds(50)),
                    logger: Logger(label: "test")
                )
                group.addTask { try await worker.run() }
                for _ in 0..<200 where handler.buried.isEmpty { try await Task.sleep(for: .milliseconds(25)) }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(handler.count == 0)
            #expect(handler.buried == ["a"])
            #expect(try await platform.counts(of: Self.queue) == [.dead: 1])
            await client.shutDown()
        }
    }

    @Test("Eight workers and four enqueuers: every job runs exactly once, each lane in order")
    func workers() async throws {
        try await withMigratedDatabase { database in
            let client = try database.client(role: "maitre_platform", poolSize: 12)
            let bell = Bell(client: client, logger: Logger(label: "test"))
            let platform = PlatformDatabase(client: client, observer: bell)
            let handler = RecordingHandler(database: platform)
            let merchants = (0..<5).map { _ in MerchantID.new() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    let worker = Worker(
                        handler,
                        database: platform,
                        bell: bell,
                        configuration: WorkerConfiguration(concurrency: 8, pollInterval: .milliseconds(50)),
                        logger: Logger(label: "test")
                    )
                    group.addTask { try await worker.run() }
                }
                try await withThrowingTaskGroup(of: Void.self) { enqueuers in
                    for enqueuer in 0..<4 {
                        enqueuers.addTask {
                            for round in 0..<25 {
                                try await platform.platform { tx in
                                    QueueRepository(tx).enqueue(
                                        merchants.map {
                                            ($0, NewJob(key: "lane\(enqueuer)", kind: "test", arguments: PostgresJSON("{\"n\":\(round)}")))
                                        },
                                        on: Self.queue
                                    )
                                }
                            }
                        }
                    }
                    try await enqueuers.waitForAll()
                }
                for _ in 0..<400 where handler.count < 500 { try await Task.sleep(for: .milliseconds(25)) }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(handler.count == 500)
            for (lane, rounds) in handler.rounds { #expect(rounds == Array(0..<25), "\(lane)") }
            await client.shutDown()
        }
    }
}

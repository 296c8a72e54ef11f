import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// What all nodes together may take of a queue, attacked.
@Suite struct LimitTests {
    /// Writes down when lanes start and end, by what happens to their rows and not by what the queue's functions remember.
    private static let witness = """
        create table public.seen (lane bigint, lease bigint, began timestamptz, until timestamptz, ended timestamptz);
        create function public.witness() returns trigger language plpgsql security definer as $$
        begin
            if old.lease is distinct from new.lease and old.lease is not null then
                update public.seen s set ended = least(s.until, clock_timestamp()) where s.lease = old.lease;
            end if;
            if new.lease is not null and old.lease is distinct from new.lease then
                insert into public.seen values (new.lane_id, new.lease, clock_timestamp(), new.ready_at);
            elsif new.lease is not null and new.ready_at > old.ready_at then
                update public.seen s set until = new.ready_at where s.lease = new.lease;
            end if;
            return null;
        end $$;
        create trigger witness after update on queue.lanes for each row execute function public.witness();
        """

    /// The most starts in any window that begins with a start, and the most lanes that ran at once.
    private static func maxima(_ fixture: QueueFixture, window: Duration) async throws -> (starts: Int, running: Int, all: Int) {
        let rows = try await fixture.sql(
            """
            select (select max(n) from (
                    select count(*) over (order by began range between current row and \
                        interval '\(window.microseconds - 1) microseconds' following) n from public.seen) w)::text
            union all
            select (select max(n) from (
                    select sum(change) over (order by at, change rows unbounded preceding) n from (
                        select began at, 1 change from public.seen union all
                        select coalesce(ended, until), -1 from public.seen) c) r)::text
            union all select count(*)::text from public.seen
            """
        )
        return (Int(rows[0]) ?? 0, Int(rows[1]) ?? 0, Int(rows[2]) ?? 0)
    }

    private static let limits = QueueLimits(rate: .init(starts: 20, window: .seconds(1)), running: 5)

    @Test(
        "H1: sixteen greedy workers, some of which die, others stall beyond their lease and come back: never 21 starts in any window, never 6 at once"
    )
    func greedy() async throws {
        try await QueueFixture.run(connections: 16) { fixture in
            try await PostgresScript.run(Self.witness, url: fixture.database.database.url)
            try await fixture.service.limit(QueueFixture.queue, to: Self.limits, by: QueueFixture.actor)
            for _ in 0..<4 { try await fixture.enqueue((0..<100).map { "lane\($0)" }) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        var random = SplitMix64(seed: UInt64(worker))
                        let end = ContinuousClock.now + .seconds(8)
                        while ContinuousClock.now < end {
                            let jobs = try await fixture.claim(50, lease: .milliseconds(400))
                            for job in jobs {
                                switch UInt64.random(in: 0..<10, using: &random) {
                                case 0: break  // died: nobody ends it, its lease does
                                case 1:
                                    // Stalled until its lease has nearly or just ended, and then says that it lives.
                                    try await Task.sleep(for: .milliseconds(Int.random(in: 395...405, using: &random)))
                                    _ = try await fixture.platform.platform { tx in
                                        QueueRepository(tx).heartbeat([job], on: QueueFixture.queue, for: .milliseconds(400))
                                    }
                                case 2: try await fixture.fail(job, "no", after: .milliseconds(10), countsAttempt: false)
                                default:
                                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...20, using: &random)))
                                    do { try await fixture.complete([job]) } catch let error as PostgresError {
                                        guard error.sqlState == QueueState.leaseLost else { throw error }
                                    }
                                }
                            }
                            if jobs.isEmpty { try await Task.sleep(for: .milliseconds(Int.random(in: 0...5, using: &random))) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seen = try await Self.maxima(fixture, window: .seconds(1))
            #expect(seen.starts <= 20)
            #expect(seen.running <= 5)
            // It was not exact by standing still: the limits were met.
            #expect(seen.starts == 20 && seen.running == 5)
            #expect(seen.all > 60)
        }
    }

    @Test("The witness is no blind one: without limits the same workers go beyond both")
    func unlimited() async throws {
        try await QueueFixture.run { fixture in
            try await PostgresScript.run(Self.witness, url: fixture.database.database.url)
            try await fixture.enqueue((0..<30).map { "lane\($0)" })
            let jobs = try await fixture.claim()
            #expect(jobs.count == 30)
            try await fixture.complete(jobs)
            let seen = try await Self.maxima(fixture, window: .seconds(1))
            #expect(seen.starts == 30 && seen.running == 30 && seen.all == 30)
        }
    }

    @Test("A lease that ended in a queue that counts what runs does not come back; elsewhere it does while nobody has the lane")
    func revival() async throws {
        try await QueueFixture.run { fixture in
            func revived(_ queue: Queue) async throws -> Int {
                try await fixture.enqueue(["a"], on: queue)
                let jobs = try await fixture.claim(1, from: queue, lease: .milliseconds(1))
                try await Task.sleep(for: .milliseconds(20))
                return try await fixture.platform.platform { tx in
                    QueueRepository(tx).heartbeat(jobs, on: queue, for: .seconds(30))
                }.count
            }
            try await fixture.service.limit(.maintenance, to: QueueLimits(rate: nil, running: 3), by: QueueFixture.actor)
            try await fixture.service.limit(.messageSending, to: QueueLimits(rate: Self.limits.rate, running: nil), by: QueueFixture.actor)
            #expect(try await revived(.maintenance) == 0)
            #expect(try await revived(.messageSending) == 1)
            #expect(try await revived(.inbound) == 1)
        }
    }

    @Test("A worker starts again when the window has room, not at its next poll; jobs that ended make room at once")
    func worker() async throws {
        try await QueueFixture.run { fixture in
            try await PostgresScript.run(Self.witness, url: fixture.database.database.url)
            let limits = QueueLimits(rate: .init(starts: 10, window: .milliseconds(500)), running: 4)
            try await fixture.service.limit(QueueFixture.queue, to: limits, by: QueueFixture.actor)
            let handler = RecordingHandler(database: fixture.platform)
            try await fixture.enqueue((0..<30).map { "lane\($0)" })
            try await withThrowingTaskGroup(of: Void.self) { group in
                let worker = Worker(
                    handler,
                    database: fixture.platform,
                    bell: fixture.bell,
                    configuration: WorkerConfiguration(concurrency: 8, pollInterval: .seconds(3600)),
                    logger: Logger(label: "test")
                )
                group.addTask { try await worker.run() }
                for _ in 0..<400 where handler.count < 30 { try await Task.sleep(for: .milliseconds(25)) }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(handler.count == 30)
            let seen = try await Self.maxima(fixture, window: .milliseconds(500))
            #expect(seen.starts <= 10 && seen.running <= 4)
            // The thirtieth start is the first of a third window at the earliest.
            let took = try await fixture.sql("select (extract(epoch from max(began) - min(began)) * 1000)::bigint::text from public.seen")
            #expect(Int(took[0]) ?? 0 >= 1000)
        }
    }

    @Test("Limits change from the next claim on; starts in the window go on counting; what is out of range or no queue is refused")
    func changes() async throws {
        try await QueueFixture.run { fixture in
            let (service, queue, actor) = (fixture.service, QueueFixture.queue, QueueFixture.actor)
            try await fixture.enqueue((0..<40).map { "lane\($0)" })
            try await service.limit(queue, to: QueueLimits(rate: .init(starts: 3, window: .seconds(3600)), running: nil), by: actor)
            #expect(try await fixture.claim(10).count == 3)
            #expect(try await fixture.claim(10).isEmpty)
            try await service.limit(queue, to: QueueLimits(rate: .init(starts: 5, window: .seconds(3600)), running: nil), by: actor)
            #expect(try await fixture.claim(10).count == 2)
            let wait = try await fixture.platform.platform { tx in QueueRepository(tx).untilNextStart(queue) }
            #expect(try #require(wait) > .seconds(3500) && #require(wait) <= .seconds(3600))
            try await service.limit(queue, to: QueueLimits(rate: nil, running: 7), by: actor)
            #expect(try await fixture.claim(10).count == 2)
            #expect(try await service.queue(queue).limits == QueueLimits(rate: nil, running: 7))
            try await service.limit(queue, to: nil, by: actor)
            #expect(try await service.queue(queue).limits == nil)
            #expect(try await fixture.claim(10).count == 10)
            #expect(try await fixture.platform.platform { tx in QueueRepository(tx).untilNextStart(queue) } == nil)

            for wrong in [
                QueueLimits(rate: .init(starts: 0, window: .seconds(1)), running: nil),
                QueueLimits(rate: .init(starts: 1001, window: .seconds(1)), running: nil),
                QueueLimits(rate: .init(starts: 1, window: .milliseconds(99)), running: nil),
                QueueLimits(rate: .init(starts: 1, window: .seconds(86_401)), running: nil), QueueLimits(rate: nil, running: 0),
            ] {
                await #expect(throws: DomainError.self) { try await service.limit(queue, to: wrong, by: actor) }
            }
            await #expect(throws: DomainError.notFound("queue")) { try await service.limit(Queue("none"), to: Self.limits, by: actor) }
            await #expect(throws: DomainError.notFound("queue")) { try await service.limit(Queue("none"), to: nil, by: actor) }
            let told = try await fixture.sql("select details::text from platform.audit_log where action = 'queue.limited' order by id")
            #expect(
                told == [
                    #"{"queue": "inbound", "starts": 3, "milliseconds": 3600000}"#,
                    #"{"queue": "inbound", "starts": 5, "milliseconds": 3600000}"#, #"{"queue": "inbound", "running": 7}"#,
                    #"{"queue": "inbound"}"#,
                ]
            )
        }
    }
}

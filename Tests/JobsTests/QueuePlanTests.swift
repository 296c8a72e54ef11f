import Core
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// Nothing that a person asks reads a whole queue: what it costs with 100,000 jobs of each kind.
@Suite struct QueuePlanTests {
    private static let jobs = 100_000

    /// 100,000 jobs in lanes of ten, as many delayed, dead and done, of 100 merchants; and an hour of throughput.
    private static let fill = """
        create function public.merchant(_n integer) returns uuid language sql immutable return ('00000000-0000-7000-8000-' || lpad((_n % 100)::text, 12, '0'))::uuid;
        insert into queue.lanes (queue, merchant_id, key, ready_at, pending)
        select 'inbound', public.merchant(n), 'k' || n, now() - n * interval '1 ms', 10 from generate_series(1, \(jobs / 10)) n;
        insert into queue.jobs (queue, merchant_id, key, kind)
        select 'inbound', public.merchant(n), 'k' || n, 'message' from generate_series(1, \(jobs / 10)) n, generate_series(1, 10);
        insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind)
        select now() + n * interval '1 s', 'inbound', public.merchant(n), 'k' || n, 'message' from generate_series(1, \(jobs)) n;
        insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error, died_at)
        select 'inbound', public.merchant(n), 'k' || n, 1000000 + n, case when n = 5 then 'rare' else 'message' end, '{}', 10, now(), 10, 'x',
            now() - n * interval '1 s'
        from generate_series(1, \(jobs)) n;
        insert into queue.jobs_done (queue, id, merchant_id, outcome)
        select 'inbound', 2000000 + n, public.merchant(n), 'done' from generate_series(1, \(jobs)) n;
        insert into queue.throughput (queue, at, done, retried, dead)
        select q.queue, date_bin('10 seconds', now(), '2000-01-01Z') - n * interval '10 seconds', 5, 1, 0
        from queue.queues q, generate_series(0, 359) n;
        analyze queue.lanes, queue.jobs, queue.jobs_delayed, queue.jobs_dead, queue.jobs_done, queue.throughput;
        """

    @Test(
        "100,000 jobs waiting, delayed, dead and done: each question reads a few rows by an index; only counting reads everything, and that is bounded"
    )
    func plans() async throws {
        // One connection, so that after some repetitions the plans are those for all parameters.
        try await QueueFixture.run(connections: 1) { fixture in
            try await PostgresScript.run(Self.fill, url: fixture.database.database.url)
            let merchant = try #require(MerchantID("00000000-0000-7000-8000-000000000042"))
            let middle = DeadLetterPosition(diedAt: Timestamp(microseconds: Timestamp.now.microseconds - 50_000_000_000), id: 1_050_000)
            let filters: [(filter: DeadLetterFilter, hasMore: Bool)] = [
                (DeadLetterFilter(), true), (DeadLetterFilter(queue: .inbound), true), (DeadLetterFilter(queue: .maintenance), false),
                (DeadLetterFilter(kind: "rare"), false), (DeadLetterFilter(queue: .inbound, kind: "rare"), false),
                (DeadLetterFilter(merchant: merchant), true), (DeadLetterFilter(queue: .maintenance, merchant: merchant), false),
                (DeadLetterFilter(kind: "none"), false),
            ]
            for (filter, hasMore) in filters {
                for before in [nil, middle] {
                    for _ in 0..<8 {
                        let (letters, reads) = try await Self.reads(fixture) { $0.deadLetters(filter, before: before, limit: 26) }
                        #expect((letters.count == 26) == hasMore, "\(filter)")
                        #expect(reads < 200, "\(filter)")
                    }
                }
            }
            for (id, state) in [(Int64(1), JobRecord.State.ready), (50_000, .ready), (1_000_500, .dead), (2_000_500, .done)] {
                for _ in 0..<8 {
                    let (job, reads) = try await Self.reads(fixture) { $0.job(id) }
                    #expect(job?.state == state && reads < 50, "\(id): \(reads)")
                }
            }
            for _ in 0..<8 {
                let absent = try await Self.reads(fixture) { $0.job(9_000_000) }
                #expect(absent.value?.id == nil && absent.rows < 50)
                let states = try await Self.reads(fixture) { $0.states() }
                #expect(states.value.count == Queue.all.count && states.rows < 500)
                let minutes = try await Self.reads(fixture) { $0.minutes(of: .inbound) }
                #expect(minutes.value.count == 60 && minutes.rows < 500)
            }
            // Counting them reads all of it, in a moment, and then not again for a hundred times as long.
            #expect(try await fixture.platform.counts(of: .inbound) == [.ready: Self.jobs, .delayed: Self.jobs, .dead: Self.jobs])
            let cost = try await fixture.sql("select (extract(epoch from cost) * 1000)::bigint::text from queue.measured")
            #expect(try #require(Int(cost[0])) < 5000)
        }
    }

    @Test("A thousand of 100,000 dead letters are replayed in one go, and the next thousand after them")
    func batches() async throws {
        try await QueueFixture.run { fixture in
            try await PostgresScript.run(Self.fill, url: fixture.database.database.url)
            let filter = DeadLetterFilter(queue: .inbound)
            for _ in 0..<2 {
                let (count, hasMore) = try await fixture.service.replay(filter, of: .inbound, by: QueueFixture.actor)
                #expect(count == 1000 && hasMore)
            }
            let oldest = try await fixture.sql("select max(id)::text from queue.jobs_dead")
            #expect(oldest == ["\(1_000_000 + Self.jobs - 2000)"])
            let (count, hasMore) = try await fixture.service.discard(
                DeadLetterFilter(queue: .inbound, kind: "rare"),
                of: .inbound,
                by: QueueFixture.actor
            )
            #expect(count == 1 && !hasMore)
        }
    }

    /// What a question answers, and how many rows of the queue's tables PostgreSQL looked at for it.
    private static func reads<Value>(_ fixture: QueueFixture, _ ask: (OperationsRepository) -> Pending<Value>) async throws
        -> (value: Value, rows: Int)
    {
        let (before, value, after) = try await fixture.platform.platform { tx in
            (Self.rowsRead(tx), ask(OperationsRepository(tx)), Self.rowsRead(tx))
        }
        return (value, after - before)
    }

    /// By this connection since it last told the server's statistics.
    private static func rowsRead(_ tx: PlatformTransaction) -> Pending<Int> {
        tx.append(
            """
            select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_xact_user_tables where schemaname = 'queue'
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }
}

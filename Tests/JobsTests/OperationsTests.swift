import Core
import Foundation
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// H1: what people ask of queues and tell them.
@Suite struct OperationsTests {
    private static let queue = QueueFixture.queue

    @Test("H1: jobs are counted by state; a job says which it is in, through everything that becomes of it")
    func states() async throws {
        try await QueueFixture.run { fixture in
            let (merchant, service) = (MerchantID.new(), fixture.service)
            func job(_ id: Int64) async throws -> JobRecord { try await service.job(id) }
            try await fixture.enqueue(["a", "a", "b", "c", "d"], of: merchant, maxAttempts: 2)
            let ids = try await fixture.sql("select id::text from queue.jobs order by id").compactMap { Int64($0) }
            #expect(try await fixture.platform.counts(of: Self.queue) == [.ready: 5])
            let first = try await job(ids[0])
            #expect(
                first.state == .ready && first.attempts == 0 && first.maxAttempts == 2 && first.merchant == merchant && first.key == "a"
            )
            #expect(first.arguments?.string == #"{"n": 0}"# && first.kind == "test" && first.enqueuedAt != nil && first.runsAt == nil)

            let jobs = try await fixture.claim()
            let heads = Dictionary(uniqueKeysWithValues: jobs.map { ($0.key, $0) })
            let (a, b, c, d) = (try #require(heads["a"]), try #require(heads["b"]), try #require(heads["c"]), try #require(heads["d"]))
            #expect(try await fixture.platform.counts(of: Self.queue) == [.running: 4, .ready: 1])
            #expect(try await job(a.id).state == .running)
            // The second of the lane waits for the first.
            #expect(try await job(ids[1]).state == .ready)

            try await fixture.fail(b, "it broke", after: .seconds(60))
            _ = try await fixture.platform.platform { tx in QueueRepository(tx).snooze(c, for: .seconds(60)) }
            try await fixture.complete([d])
            #expect(try await fixture.platform.counts(of: Self.queue) == [.running: 1, .ready: 1, .retrying: 1, .delayed: 1])
            let retrying = try await job(b.id)
            #expect(retrying.state == .retrying && retrying.reason == "it broke" && retrying.attempts == 1 && retrying.runsAt != nil)
            let delayed = try await job(c.id)
            #expect(delayed.state == .delayed && delayed.attempts == 0 && delayed.reason == nil && delayed.runsAt != nil)
            let done = try await job(d.id)
            #expect(done.state == .done && done.finishedAt != nil && done.merchant == merchant && done.kind == nil)

            // A lease that ended is nobody's.
            try await fixture.sql(
                "with x as (update queue.lanes set ready_at = clock_timestamp() - interval '5 s' where key = 'a' returning 1) select ''"
            )
            #expect(try await job(a.id).state == .ready)
            #expect(try await fixture.platform.counts(of: Self.queue) == [.ready: 2, .retrying: 1, .delayed: 1])
            let oldest = try #require(try await service.queue(Self.queue).oldestReadySeconds)
            #expect(oldest >= 5 && oldest < 60)

            try await fixture.sql("with x as (update queue.lanes set ready_at = clock_timestamp() where key = 'b' returning 1) select ''")
            let again = try #require(try await fixture.claim().first { $0.key == "b" })
            #expect(try await fixture.fail(again, "it broke again") == "dead")
            let dead = try await job(b.id)
            #expect(dead.state == .dead && dead.reason == "it broke again" && dead.attempts == 2 && dead.finishedAt != nil)
            #expect(dead.arguments?.string == #"{"n": 2}"#)
            await #expect(throws: DomainError.notFound("job")) { try await service.job(9_000_000) }
        }
    }

    @Test("A job that was delayed or replayed says as what it goes on; one that was thrown away says that")
    func successors() async throws {
        try await QueueFixture.run { fixture in
            let ids = try await fixture.sql(
                """
                with added as (
                    insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind)
                    select clock_timestamp(), 'inbound', gen_random_uuid(), 'k', 'test' from generate_series(1, 2) returning id)
                select id::text from added order by id
                """
            ).compactMap { Int64($0) }
            #expect(try await fixture.service.job(ids[0]).state == .delayed)
            _ = try await fixture.platform.platform { tx in QueueRepository(tx).stageDue() }
            let staged = try await fixture.service.job(ids[0])
            #expect(staged.state == .replaced && staged.kind == nil)
            let successor = try #require(staged.successor)
            #expect(!ids.contains(successor))
            #expect(try await fixture.service.job(successor).state == .ready)

            try await fixture.bury(["x", "y"])
            let letters = try await fixture.service.deadLetters(DeadLetterFilter(), before: nil, limit: 10).letters
            let (x, y) = (try #require(letters.first { $0.key == "x" }), try #require(letters.first { $0.key == "y" }))
            let replayed = try await fixture.service.replay(x.id, by: QueueFixture.actor)
            #expect(
                replayed.state == .ready && replayed.attempts == 0 && replayed.maxAttempts == 1 && replayed.key == "x" && replayed.id > x.id
            )
            let old = try await fixture.service.job(x.id)
            #expect(old.state == .replaced && old.successor == replayed.id)
            try await fixture.service.discard(y.id, by: QueueFixture.actor)
            #expect(try await fixture.service.job(y.id).state == .discarded)
            await #expect(throws: DomainError.notFound("dead letter")) { try await fixture.service.replay(x.id, by: QueueFixture.actor) }
            await #expect(throws: DomainError.notFound("dead letter")) { try await fixture.service.discard(y.id, by: QueueFixture.actor) }
            // What a transaction of two people at once does: one of them.
            let told = try await fixture.sql(
                "select action || ' ' || details::text || ' ' || merchant_id::text from platform.audit_log order by id"
            )
            #expect(
                told == [
                    #"dead_letter.replayed {"job": \#(x.id), "kind": "test", "queue": "inbound"} \#(x.merchant)"#,
                    #"dead_letter.discarded {"job": \#(y.id), "kind": "test", "queue": "inbound"} \#(y.merchant)"#,
                ]
            )
        }
    }

    @Test("A paused queue gives nothing to any worker while jobs are added; resumed, it gives them in order. Who paused twice is told once")
    func pausing() async throws {
        try await QueueFixture.run { fixture in
            let (service, actor) = (fixture.service, QueueFixture.actor)
            try await fixture.enqueue(["a", "a"])
            let paused = try await service.pause(Self.queue, by: actor)
            #expect(paused.isPaused && paused.pausedAt != nil)
            #expect(try await fixture.claim().isEmpty)
            try await fixture.enqueue(["b"])
            #expect(try await fixture.platform.counts(of: Self.queue) == [.ready: 3])
            #expect(try await service.pause(Self.queue, by: actor).pausedAt == paused.pausedAt)
            #expect(try await fixture.claim(10, from: .maintenance).isEmpty)
            let resumed = try await service.resume(Self.queue, by: actor)
            #expect(!resumed.isPaused && resumed.pausedAt == nil)
            #expect(Set(try await fixture.claim().map(\.key)) == ["a", "b"])
            _ = try await service.resume(Self.queue, by: actor)
            await #expect(throws: DomainError.notFound("queue")) { try await service.pause(Queue("none"), by: actor) }
            let told = try await fixture.sql(
                "select action || details::text || coalesce(merchant_id::text, '') from platform.audit_log order by id"
            )
            #expect(told == [#"queue.paused{"queue": "inbound"}"#, #"queue.resumed{"queue": "inbound"}"#])
        }
    }

    @Test("Dead letters come newest first, page by page and by what one looks for")
    func letters() async throws {
        try await QueueFixture.run { fixture in
            let (one, other) = (MerchantID.new(), MerchantID.new())
            try await fixture.bury((0..<30).map { "k\($0)" }, of: one, error: "reason")
            try await fixture.bury(["m1", "m2"], of: other, on: .maintenance)
            try await fixture.sql("with x as (update queue.jobs_dead set kind = 'rare' where key = 'k7' returning 1) select ''")
            // Many of one moment: the id decides.
            try await fixture.sql(
                "with x as (update queue.jobs_dead set died_at = '2026-01-01Z' where key like 'k1%' returning 1) select ''"
            )
            func all(_ filter: DeadLetterFilter, by limit: Int) async throws -> [DeadLetter] {
                var (found, before): ([DeadLetter], DeadLetterPosition?) = ([], nil)
                while true {
                    let (letters, next) = try await fixture.service.deadLetters(filter, before: before, limit: limit)
                    #expect(letters.count <= limit)
                    found += letters
                    guard let next else { return found }
                    before = next
                }
            }
            let whole = try await all(DeadLetterFilter(), by: 100)
            #expect(whole.count == 32 && whole[0].reason == "no" && whole.last?.reason == "reason")
            #expect(zip(whole, whole.dropFirst()).allSatisfy { ($0.diedAt, $0.id) > ($1.diedAt, $1.id) })
            for limit in [1, 7, 32] { #expect(try await all(DeadLetterFilter(), by: limit).map(\.id) == whole.map(\.id)) }
            #expect(try await all(DeadLetterFilter(queue: .maintenance), by: 1).map(\.key).sorted() == ["m1", "m2"])
            #expect(try await all(DeadLetterFilter(kind: "rare"), by: 5).map(\.key) == ["k7"])
            #expect(try await all(DeadLetterFilter(queue: .maintenance, kind: "rare"), by: 5).isEmpty)
            #expect(try await all(DeadLetterFilter(merchant: other), by: 1).count == 2)
            let day = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
            #expect(try await all(DeadLetterFilter(from: day, to: day), by: 5).isEmpty)
            let ofDay = try await all(DeadLetterFilter(queue: Self.queue, to: Timestamp(microseconds: day.microseconds + 1)), by: 4)
            #expect(ofDay.count == 11 && ofDay.allSatisfy { $0.key.hasPrefix("k1") })
        }
    }

    @Test("Replaying by a filter puts back what it finds, each lane in its old order, with one entry that says how many; the rest stays")
    func replaying() async throws {
        try await QueueFixture.run { fixture in
            let (merchant, other) = (MerchantID.new(), MerchantID.new())
            // Twice in one lane: the order must be that of before.
            for _ in 0..<2 { try await fixture.bury(["a", "b"], of: merchant) }
            try await fixture.bury(["c"], of: other)
            try await fixture.bury(["d"], of: merchant, on: .maintenance)
            let before = try await fixture.sql(
                "select key || args::text || id::text from queue.jobs_dead where merchant_id = '\(merchant)' order by id"
            )
            #expect(before.count == 5)
            let replayed = try await fixture.service.replay(
                DeadLetterFilter(queue: Self.queue, merchant: merchant),
                of: Self.queue,
                by: QueueFixture.actor
            )
            #expect(replayed.count == 4 && !replayed.hasMore)
            #expect(try await fixture.platform.counts(of: Self.queue) == [.ready: 4, .dead: 1])
            #expect(try await fixture.platform.counts(of: .maintenance) == [.dead: 1])
            var seen: [String: [Int64]] = [:]
            while let job = try await fixture.next() {
                #expect(job.attempt == 1 && job.maxAttempts == 1)
                seen[job.key, default: []].append(job.id)
                try await fixture.complete([job])
            }
            #expect(seen.keys.sorted() == ["a", "b"])
            let successors = try await fixture.sql("select successor::text from queue.jobs_done where outcome = 'replaced' order by id")
                .compactMap { Int64($0) }
            #expect(successors == successors.sorted() && Set(successors) == Set(seen.values.flatMap { $0 }))
            for ids in seen.values { #expect(ids == ids.sorted() && ids.count == 2) }

            let none = try await fixture.service.replay(
                DeadLetterFilter(queue: Self.queue, kind: "none"),
                of: Self.queue,
                by: QueueFixture.actor
            )
            #expect(none.count == 0 && !none.hasMore)
            let discarded = try await fixture.service.discard(DeadLetterFilter(queue: Self.queue), of: Self.queue, by: QueueFixture.actor)
            #expect(discarded.count == 1)
            #expect(try await fixture.sql("select key from queue.jobs_dead") == ["d"])
            await #expect(throws: DomainError.notFound("queue")) {
                try await fixture.service.discard(DeadLetterFilter(), of: Queue("none"), by: QueueFixture.actor)
            }
            let told = try await fixture.sql("select action || details::text from platform.audit_log order by id")
            #expect(
                told == [
                    #"dead_letter.replayed{"count": 4, "queue": "inbound"}"#, #"dead_letter.discarded{"count": 1, "queue": "inbound"}"#,
                ]
            )
        }
    }

    @Test("Two people who replay and throw away the same letters at once: each letter has one fate")
    func together() async throws {
        try await QueueFixture.run { fixture in
            // A queue for each round: what was replayed stays in it.
            for queue in Queue.all {
                try await fixture.bury((0..<40).map { "k\($0)" }, on: queue)
                let filter = DeadLetterFilter(queue: queue)
                let letters = try await fixture.service.deadLetters(filter, before: nil, limit: 100).letters
                #expect(letters.count == 40)
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    let (service, actor) = (fixture.service, QueueFixture.actor)
                    for _ in 0..<2 { group.addTask { try await service.replay(filter, of: queue, by: actor).count } }
                    for _ in 0..<2 { group.addTask { try await service.discard(filter, of: queue, by: actor).count } }
                    for letter in letters.prefix(10) {
                        group.addTask { (try? await service.discard(letter.id, by: actor)) == nil ? 0 : 1 }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(counts == 40)
            }
            let fates = try await fixture.sql(
                "select (count(*) filter (where outcome = 'replaced') = (select count(*) from queue.jobs))::text || count(*)::text from queue.jobs_done"
            )
            #expect(fates == ["true\(Queue.all.count * 40)"])
        }
    }

    @Test("What workers end is counted, written once, and shown as of the last whole minute and of each of the last sixty")
    func throughput() async throws {
        try await QueueFixture.run { fixture in
            let tally = JobTally()
            for (result, number) in [("done", 7), ("retry", 3), ("dead", 2), ("lost", 5), ("snoozed", 4)] {
                for _ in 0..<number { tally.count(result, on: Self.queue) }
            }
            let taken = tally.take()
            #expect(taken.map(\.queue) == ["inbound"])
            #expect(taken.first?.counts == JobTally.Counts(done: 7, retried: 3, dead: 2))
            #expect(tally.take().isEmpty)
            // What could not be written is not lost.
            tally.putBack(taken)
            tally.count("done", on: Self.queue)
            let again = tally.take()
            #expect(again.first?.counts.done == 8)
            try await fixture.platform.platform { tx in QueueRepository(tx).add(again) }
            try await fixture.platform.platform { tx in QueueRepository(tx).add(again) }
            #expect(try await fixture.service.history(of: Self.queue).1.map(\.throughput.done).reduce(0, +) == 16)

            try await fixture.sql(
                """
                with gone as (delete from queue.throughput),
                added as (insert into queue.throughput (queue, at, done, retried, dead)
                    select 'inbound', date_bin('10 seconds', now(), '2000-01-01Z') - n * interval '10 seconds', 100, 10, 1 from generate_series(1, 12) n returning 1)
                select count(*)::text from added
                """
            )
            let (state, minutes) = try await fixture.service.history(of: Self.queue)
            // A piece may have ended between the two statements.
            #expect(state.throughput.done == 600 || state.throughput.done == 500)
            #expect(minutes.count == 60)
            #expect(minutes.map(\.throughput.done).reduce(0, +) == 1200)
            #expect(minutes.map(\.throughput.dead).reduce(0, +) == 12)
            #expect(zip(minutes, minutes.dropFirst()).allSatisfy { $1.start.microseconds - $0.start.microseconds == 60_000_000 })
        }
    }

    @Test("Nobody counts again while it is new; one at a time; and after a crash that emptied what was counted, anew")
    func measuring() async throws {
        try await QueueFixture.run { fixture in
            func measure(_ every: Duration) async throws -> Bool {
                try await fixture.platform.platform { tx in QueueRepository(tx).measure(every: every) }
            }
            #expect(try await fixture.service.queues().map(\.measuredAt).allSatisfy { $0 == nil })
            #expect(try await measure(.seconds(3600)))
            #expect(try await !measure(.seconds(3600)))
            #expect(try await fixture.service.queues().map(\.queue) == Queue.all.sorted { $0.name < $1.name })
            #expect(try await fixture.service.queues().allSatisfy { $0.measuredAt != nil && $0.oldestReadySeconds == nil })
            // A count that took long is not repeated at once, however often one asks.
            try await fixture.sql("with x as (update queue.measured set cost = '10 seconds' returning 1) select ''")
            #expect(try await !measure(.zero))
            try await fixture.sql("with x as (update queue.measured set cost = '0', at = at - interval '1 hour' returning 1) select ''")
            let counted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await measure(.seconds(60)) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(counted == 1)
            try await fixture.sql("with x as (delete from queue.measured), y as (delete from queue.measures) select ''")
            #expect(try await measure(.seconds(3600)))
        }
    }
}

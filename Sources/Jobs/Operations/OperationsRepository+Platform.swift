import Core
import Postgres
import Tenancy

/// The queues as people look at them and tell them what to do, across merchants. Nothing here reads a whole queue.
struct OperationsRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    // MARK: Queues

    /// Of every queue, or of one.
    func states(of queue: Queue? = nil) -> Pending<[QueueStatus]> {
        tx.append(
            """
            select q.queue, q.paused, q.paused_at, b.max_starts, (extract(epoch from b.start_window) * 1000000)::bigint, b.max_running,
                coalesce(m.ready, 0), coalesce(m.running, 0), coalesce(m.delayed, 0), coalesce(m.retrying, 0), coalesce(m.dead, 0),
                case when m.oldest_ready_at is not null then greatest(extract(epoch from c.at - m.oldest_ready_at)::float8, 0) end, c.at,
                t.done, t.retried, t.dead
            from queue.queues q left join queue.limits b on b.queue = q.queue left join queue.measures m on m.queue = q.queue
                left join queue.measured c on m.queue is not null
                cross join lateral (
                    select coalesce(sum(p.done), 0)::bigint done, coalesce(sum(p.retried), 0)::bigint retried, coalesce(sum(p.dead), 0)::bigint dead
                    from queue.throughput p where p.queue = q.queue
                        and p.at >= date_bin('10 seconds', now(), '2000-01-01Z') - interval '60 seconds'
                        and p.at < date_bin('10 seconds', now(), '2000-01-01Z')) t
            where q.queue = coalesce(\(queue?.name), q.queue) order by q.queue
            """
        ) { rows in try rows.map(Self.state) }
    }

    /// The last sixty minutes, oldest first; the last of them has not ended.
    func minutes(of queue: Queue) -> Pending<[QueueMinute]> {
        tx.append(
            """
            select m.at, coalesce(c.done, 0), coalesce(c.retried, 0), coalesce(c.dead, 0)
            from generate_series(date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute') m(at)
                left join (
                    select date_trunc('minute', t.at) at, sum(t.done)::bigint done, sum(t.retried)::bigint retried, sum(t.dead)::bigint dead
                    from queue.throughput t where t.queue = \(queue.name) and t.at >= date_trunc('minute', now()) - interval '59 minutes' group by 1) c
                on c.at = m.at
            order by m.at
            """
        ) { rows in try rows.map { row in QueueMinute(start: try row.next(), throughput: try Self.throughput(&row)) } }
    }

    /// Stops all nodes from claiming, or lets them; whether that changed anything.
    func setPaused(_ isPaused: Bool, _ queue: Queue, telling entry: AuditEntry) -> Pending<Bool> {
        // Who waits for it is told at once.
        if !isPaused { tx.wake(queue.name) }
        closeClaims(queue)
        return tx.append(
            """
            with changed as (
                update queue.queues q set paused = \(isPaused), paused_at = case when \(isPaused) then clock_timestamp() end
                where q.queue = \(queue.name) and q.paused <> \(isPaused) returning 1),
            audited as (\(audit: entry) from changed)
            select count(*) > 0 from changed
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Sets limits, or takes them away; whether there is such a queue. Starts that are in the window go on counting.
    func limit(_ queue: Queue, to limits: QueueLimits?, telling entry: AuditEntry) -> Pending<Bool> {
        tx.wake(queue.name)
        closeClaims(queue)
        guard let limits else {
            return tx.append(
                """
                with known as (select q.queue from queue.queues q where q.queue = \(queue.name)),
                changed as (delete from queue.limits b using known where b.queue = known.queue returning 1),
                audited as (\(audit: entry) from changed)
                select count(*) > 0 from known
                """
            ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
        }
        return tx.append(
            """
            with changed as (
                insert into queue.limits as b (queue, max_starts, start_window, max_running)
                select q.queue, \(limits.rate.map { Int32($0.starts) }), \(limits.rate?.window.microseconds) * interval '1 microsecond',
                    \(limits.running.map { Int32($0) })
                from queue.queues q where q.queue = \(queue.name)
                on conflict (queue) do update
                set max_starts = excluded.max_starts, start_window = excluded.start_window, max_running = excluded.max_running
                returning 1),
            audited as (\(audit: entry) from changed)
            select count(*) > 0 from changed
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Waits for claims that have already seen how the queue was, and keeps others waiting until the end of the transaction.
    private func closeClaims(_ queue: Queue) {
        tx.append("select queue.close_claims(\(queue.name))")
    }

    // MARK: Jobs

    /// Wherever it is: waiting, delayed, given up, or among the outcomes of the last days, which are found by day and queue: their key begins with these.
    func job(_ id: Int64) -> Pending<JobRecord?> {
        tx.append(
            """
            select j.queue, j.merchant_id, j.state, j.key, j.kind, j.args - 'payload', j.attempts, j.max_attempts, j.enqueued_at,
                case when j.state in ('delayed', 'retrying') then j.runs_at end, j.finished_at, j.reason, j.successor
            from (
                select 1 place, j.queue, j.merchant_id, case
                        when not h.is_head or l.ready_at <= clock_timestamp() then 'ready'
                        when l.lease is not null then 'running'
                        when l.last_error is null then 'delayed'
                        else 'retrying' end state,
                    j.key, j.kind, j.args, case when h.is_head then l.attempt else 0 end attempts, j.max_attempts, j.enqueued_at, l.ready_at runs_at,
                    null::timestamptz finished_at, case when h.is_head then l.last_error end reason, null::bigint successor
                from queue.jobs j join queue.lanes l on l.queue = j.queue and l.merchant_id = j.merchant_id and l.key = j.key
                    cross join lateral (
                        select not exists (
                            select from queue.jobs b
                            where b.queue = j.queue and b.merchant_id = j.merchant_id and b.key = j.key and b.id < j.id) is_head) h
                where j.id = \(id)
                union all
                select 2, d.queue, d.merchant_id, 'delayed', d.key, d.kind, d.args, 0, null, null, d.due_at, null, null, null
                from queue.jobs_delayed d where d.id = \(id)
                union all
                select 3, d.queue, d.merchant_id, 'dead', d.key, d.kind, d.args, d.attempt, d.max_attempts, d.enqueued_at, null, d.died_at, d.error, null
                from queue.jobs_dead d where d.id = \(id)
                union all
                select 4, d.queue, d.merchant_id, d.outcome, null, null, null, 0, null, null, null, d.finished_at, null, d.successor
                from queue.queues q cross join generate_series(0, 10) ago cross join lateral (
                    select o.* from queue.jobs_done o
                    where o.day = (now() at time zone 'UTC')::date - ago and o.queue = q.queue and o.id = \(id) limit 1) d) j
            order by j.place limit 1
            """
        ) { rows in try rows.first { row in try Self.record(id, &row) } }
    }

    // MARK: Dead letters

    /// Newest first, from just before `before`; at most `limit`.
    func deadLetters(_ filter: DeadLetterFilter, before: DeadLetterPosition?, limit: Int) -> Pending<[DeadLetter]> {
        tx.append(
            """
            select d.id, d.queue, d.merchant_id, d.key, d.kind, d.attempt, d.max_attempts, d.enqueued_at, d.died_at, d.error from queue.jobs_dead d
            where \(matching: filter, before: before) order by \(unescaped: filter.order("desc")) limit \(limit: limit)
            """
        ) { rows in Array(try rows.map(Self.letter).prefix(limit)) }
    }

    func deadLetter(_ id: Int64) -> Pending<DeadLetter?> {
        tx.append(
            """
            select d.id, d.queue, d.merchant_id, d.key, d.kind, d.attempt, d.max_attempts, d.enqueued_at, d.died_at, d.error
            from queue.jobs_dead d where d.id = \(id)
            """
        ) { rows in try rows.first(Self.letter) }
    }

    /// Puts a dead letter back into its lane; the id under which it goes on, or nil when it is not there.
    func replay(_ id: Int64, on queue: Queue, telling entry: AuditEntry) -> Pending<Int64?> {
        tx.wake(queue.name)
        return tx.append(
            """
            with replayed as (select * from queue.replay_dead(\(queue.name), array[\(id)])),
            audited as (\(audit: entry) from replayed)
            select r.successor from replayed r
            """
        ) { rows in try rows.first { row in try row.next(Int64.self) } }
    }

    /// The same for those that a filter finds, in the order in which they died, at most `batch`; how many.
    func replay(_ filter: DeadLetterFilter, on queue: Queue, telling entry: AuditEntry) -> Pending<Int> {
        tx.wake(queue.name)
        return tx.append(
            """
            with chosen as materialized (\(chosen: filter)),
            replayed as (select * from queue.replay_dead(\(queue.name), array(select c.id from chosen c))),
            number as (select count(*) jobs from replayed having count(*) > 0),
            audited as (\(audit: entry, adding: "jsonb_build_object('count', number.jobs)") from number)
            select coalesce((select jobs from number), 0)
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// Deletes a dead letter; whether it was there.
    func discard(_ id: Int64, on queue: Queue, telling entry: AuditEntry) -> Pending<Bool> {
        tx.append(
            """
            with discarded as (select * from queue.discard_dead(\(queue.name), array[\(id)])),
            audited as (\(audit: entry) from discarded)
            select count(*) > 0 from discarded
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// The same for those that a filter finds, at most `batch`; how many.
    func discard(_ filter: DeadLetterFilter, on queue: Queue, telling entry: AuditEntry) -> Pending<Int> {
        tx.append(
            """
            with chosen as materialized (\(chosen: filter)),
            discarded as (select * from queue.discard_dead(\(queue.name), array(select c.id from chosen c))),
            number as (select count(*) jobs from discarded having count(*) > 0),
            audited as (\(audit: entry, adding: "jsonb_build_object('count', number.jobs)") from number)
            select coalesce((select jobs from number), 0)
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// Dead letters of one transaction, which must stay short: it holds the lanes of what it replays.
    static let batch = 1000

    // MARK: Rows

    private static func state(_ row: inout PostgresRow) throws -> QueueStatus {
        let (queue, isPaused, pausedAt): (String, Bool, Timestamp?) = (try row.next(), try row.next(), try row.next())
        let (starts, window, running): (Int?, Int64?, Int?) = (try row.next(), try row.next(), try row.next())
        var rate: QueueLimits.Rate?
        if let starts, let window { rate = .init(starts: starts, window: .microseconds(window)) }
        return QueueStatus(
            queue: Queue(queue),
            isPaused: isPaused,
            pausedAt: pausedAt,
            limits: rate == nil && running == nil ? nil : QueueLimits(rate: rate, running: running),
            counts: .init(
                ready: try row.next(),
                running: try row.next(),
                delayed: try row.next(),
                retrying: try row.next(),
                dead: try row.next()
            ),
            oldestReadySeconds: try row.next(),
            measuredAt: try row.next(),
            throughput: try throughput(&row)
        )
    }

    private static func throughput(_ row: inout PostgresRow) throws -> QueueStatus.Throughput {
        .init(done: try row.next(), retried: try row.next(), dead: try row.next())
    }

    private static func record(_ id: Int64, _ row: inout PostgresRow) throws -> JobRecord {
        JobRecord(
            id: id,
            queue: Queue(try row.next(String.self)),
            merchant: try row.next(),
            state: JobRecord.State(rawValue: try row.next(String.self)) ?? .done,
            key: try row.next(),
            kind: try row.next(),
            arguments: try row.next(),
            attempts: try row.next(),
            maxAttempts: try row.next(),
            enqueuedAt: try row.next(),
            runsAt: try row.next(),
            finishedAt: try row.next(),
            reason: try row.next(),
            successor: try row.next()
        )
    }

    private static func letter(_ row: inout PostgresRow) throws -> DeadLetter {
        DeadLetter(
            id: try row.next(),
            queue: Queue(try row.next(String.self)),
            merchant: try row.next(),
            key: try row.next(),
            kind: try row.next(),
            attempts: try row.next(),
            maxAttempts: try row.next(),
            enqueuedAt: try row.next(),
            diedAt: try row.next(),
            reason: try row.next()
        )
    }
}

extension DeadLetterFilter {
    /// The columns that the index which serves this filter begins with, each with a comma. The statement compares and orders by all of an index's columns, so
    /// that no plan reads the letters of everybody by time because most of them happen to be of one queue.
    fileprivate var leadingColumns: String {
        switch (merchant, queue, kind) {
        case (nil, nil, nil): ""
        case (nil, _?, nil): "d.queue, "
        case (nil, _, _?): "d.kind, "
        case (_?, nil, _): "d.merchant_id, "
        case (_?, _?, _): "d.merchant_id, d.queue, "
        }
    }

    fileprivate func order(_ direction: String) -> String {
        (leadingColumns + "d.died_at, d.id").split(separator: ", ").map { "\($0) \(direction)" }.joined(separator: ", ")
    }
}

extension Statement.StringInterpolation {
    /// Inserts the condition of a page of dead letters.
    fileprivate mutating func appendInterpolation(matching filter: DeadLetterFilter, before: DeadLetterPosition?) {
        let columns = filter.leadingColumns
        appendLiteral("(\(columns)d.died_at) >= (")
        leadingValues(of: filter)
        appendLiteral("coalesce(")
        appendInterpolation(filter.from)
        appendLiteral(", '-infinity')) and (\(columns)d.died_at) < (")
        leadingValues(of: filter)
        appendLiteral("coalesce(")
        appendInterpolation(filter.to)
        appendLiteral(", 'infinity'))")
        if let kind = filter.kind, !columns.contains("kind") {
            appendLiteral(" and d.kind = ")
            appendInterpolation(kind)
        }
        if let queue = filter.queue, !columns.contains("queue") {
            appendLiteral(" and d.queue = ")
            appendInterpolation(queue.name)
        }
        guard let before else { return }
        appendLiteral(" and (\(columns)d.died_at, d.id) < (")
        leadingValues(of: filter)
        appendInterpolation(before.diedAt)
        appendLiteral(", ")
        appendInterpolation(before.id)
        appendLiteral(")")
    }

    private mutating func leadingValues(of filter: DeadLetterFilter) {
        let columns = filter.leadingColumns
        if columns.contains("merchant_id") {
            appendInterpolation(filter.merchant)
            appendLiteral(", ")
        }
        if columns.contains("queue") {
            appendInterpolation(filter.queue?.name)
            appendLiteral(", ")
        }
        if columns.contains("kind") {
            appendInterpolation(filter.kind)
            appendLiteral(", ")
        }
    }

    /// Inserts the query for the ids of the next batch to be replayed or discarded. Who is at one of them already has it.
    fileprivate mutating func appendInterpolation(chosen filter: DeadLetterFilter) {
        appendLiteral("select d.id from queue.jobs_dead d where ")
        appendInterpolation(matching: filter, before: nil)
        appendLiteral(" order by \(filter.order("asc")) limit \(OperationsRepository.batch) for update skip locked")
    }
}

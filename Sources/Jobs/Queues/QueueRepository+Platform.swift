import Core
import Postgres
import Tenancy

/// The queue as workers and operators use it, across merchants.
public struct QueueRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Leases the heads of at most `limit` lanes: merchants in turn, then priority, then the longest wait.
    public func claim(_ queue: Queue, limit: Int, lease: Duration) -> Pending<[Job]> {
        tx.append(
            """
            select merchant_id, key, id, lease, attempt, kind, args, max_attempts, enqueued_at
            from queue.claim(\(queue.name), \(Int32(limit)), \(lease.microseconds) * interval '1 microsecond')
            """
        ) { rows in
            try rows.map { row in
                Job(
                    queue: queue,
                    merchant: try row.next(),
                    key: try row.next(),
                    id: try row.next(),
                    lease: try row.next(),
                    attempt: try row.next(),
                    kind: try row.next(),
                    arguments: try row.next(),
                    maxAttempts: try row.next(),
                    enqueuedAt: try row.next()
                )
            }
        }
    }

    /// Ends jobs that have no effects of their own; fails as a whole when one lease was lost.
    public func complete(_ jobs: [Job], on queue: Queue) {
        tx.append(
            """
            select queue.complete_many(\(queue.name), \(jobs.map(\.merchant)), \(jobs.map(\.key)), \(jobs.map(\.id)), \(jobs.map(\.lease)))
            """
        )
    }

    /// Gives a failed job back: `retry`, `dead` or `lost`. Without `after`, the back-off grows with the attempts.
    public func fail(_ job: Job, error: String, after: Duration?, countsAttempt: Bool) -> Pending<String> {
        tx.append(
            """
            select queue.fail(\(job.queue.name), \(job.merchant), \(job.key), \(job.id), \(job.lease), \(error), \
            \(after?.microseconds) * interval '1 microsecond', \(countsAttempt))
            """
        ) { rows in try rows.first { row in try row.next(String.self) } ?? "lost" }
    }

    /// Puts a job off without counting the attempt; false when the lease was lost.
    public func snooze(_ job: Job, for duration: Duration) -> Pending<Bool> {
        tx.append(
            """
            select queue.snooze(\(job.queue.name), \(job.merchant), \(job.key), \(job.lease), \(duration.microseconds) * interval '1 microsecond')
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Prolongs leases and returns those that are still held.
    public func heartbeat(_ jobs: [Job], on queue: Queue, for lease: Duration) -> Pending<Set<Int64>> {
        // In the order in which whoever enqueues for many merchants takes lanes: in another one each would wait for the other.
        tx.append(
            """
            select from queue.lanes l join unnest(\(jobs.map(\.lease)), \(jobs.map(\.merchant)), \(jobs.map(\.key))) u(lease, merchant_id, key)
                on l.merchant_id = u.merchant_id and l.key = u.key and l.lease = u.lease
            where l.queue = \(queue.name) order by l.merchant_id, l.key for no key update of l
            """
        )
        return tx.append(
            """
            select * from queue.heartbeat(\(jobs.map(\.lease)), \(queue.name), \(jobs.map(\.merchant)), \(jobs.map(\.key)), \
            \(lease.microseconds) * interval '1 microsecond')
            """
        ) { rows in Set(try rows.map { row in try row.next(Int64.self) }) }
    }

    /// Adds jobs of several merchants, in this order.
    public func enqueue(
        _ jobs: [(merchant: MerchantID, job: NewJob)],
        on queue: Queue,
        priority: LanePriority = .normal,
        maxAttempts: Int16 = 10
    ) {
        guard !jobs.isEmpty else { return }
        tx.append(
            """
            select queue.enqueue(\(queue.name), \(jobs.map(\.merchant)), \(jobs.map(\.job.key)), \(jobs.map(\.job.kind)), \
            \(jobs.map(\.job.arguments)), \(priority.rawValue), \(maxAttempts))
            """
        )
        tx.wake(queue.name)
    }

    /// Moves delayed jobs that are due into their lanes; the queues that got some.
    public func stageDue(limit: Int32 = 500) -> Pending<[String]> {
        tx.append("select queue.stage_due(\(limit))") { rows in try rows.first { row in try row.next([String].self) } ?? [] }
    }

    /// Drops lanes that have been emptied; how many.
    public func collectLanes(limit: Int32 = 5000) -> Pending<Int> {
        tx.append("select queue.collect_lanes(\(limit))") { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// How long until a queue with a limit of starts has room for another one; nil where it does not wait for that.
    func untilNextStart(_ queue: Queue) -> Pending<Duration?> {
        tx.append("select (extract(epoch from queue.until_next_start(\(queue.name))) * 1000000)::bigint") { rows in
            try rows.first { row in try row.next(Int64?.self) }?.map { .microseconds($0) }
        }
    }

    /// Counts how full the queues are, for whoever asks afterwards; false when that was done less than `interval` ago, or so lately that it would cost more
    /// than a hundredth of the time.
    public func measure(every interval: Duration) -> Pending<Bool> {
        tx.append("select queue.measure(\(interval.microseconds) * interval '1 microsecond')") { rows in
            try rows.first { row in try row.next(Bool.self) } ?? false
        }
    }

    /// Adds what a node's workers ended to the throughput of the present ten seconds.
    func add(_ counts: [(queue: String, counts: JobTally.Counts)]) {
        tx.append(
            """
            select queue.count_ended(\(counts.map(\.queue)), \(counts.map(\.counts.done)), \(counts.map(\.counts.retried)), \(counts.map(\.counts.dead)))
            """
        )
    }

    /// Tells the listeners of every node, once for all that happened since the last call.
    public func notify(_ queues: Set<String>) {
        tx.append("select pg_notify(\(Bell.channel), \(queues.sorted().joined(separator: ",")))")
    }

    /// Gives messages to the listeners of every node; PostgreSQL sends equal ones of a transaction once.
    func send(_ messages: [String]) {
        tx.append("select pg_notify(\(Bell.messageChannel), m) from unnest(\(messages)) m")
    }

    /// Makes the partitions of the days to come and drops those that are past keeping; what was done.
    public func rotatePartitions() -> Pending<[String]> {
        tx.append("select platform.rotate_partitions()") { rows in try rows.first { row in try row.next([String].self) } ?? [] }
    }
}

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

    /// Puts a dead letter back into its lane; its new id, or nil when it is not there.
    public func replay(_ id: Int64, on queue: Queue) -> Pending<Int64?> {
        tx.append("select queue.replay(\(queue.name), \(id))") { rows in try rows.first { row in try row.next(Int64?.self) } ?? nil }
    }

    /// Waiting and running jobs, the age of the oldest ready lane in seconds, and dead letters, for each queue.
    public func depths() -> Pending<[QueueDepth]> {
        tx.append(
            """
            select q.queue,
                coalesce((select sum(l.pending) from queue.lanes l where l.queue = q.queue), 0)::bigint,
                (select count(*) from queue.lanes l where l.queue = q.queue and l.lease is not null and l.ready_at > clock_timestamp()),
                coalesce((select extract(epoch from clock_timestamp() - min(l.ready_at)) from queue.lanes l
                    where l.queue = q.queue and l.ready_at <= clock_timestamp()), 0)::float8,
                (select count(*) from queue.jobs_dead d where d.queue = q.queue)
            from queue.queues q order by q.queue
            """
        ) { rows in
            try rows.map { row in
                QueueDepth(
                    queue: Queue(try row.next(String.self)),
                    jobs: try row.next(),
                    running: try row.next(),
                    oldestReadySeconds: try row.next(),
                    deadLetters: try row.next()
                )
            }
        }
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

/// How full a queue is.
public struct QueueDepth: Sendable {
    public let queue: Queue
    public let jobs: Int
    public let running: Int
    /// Seconds that the lane which waits longest has been ready.
    public let oldestReadySeconds: Double
    public let deadLetters: Int
}

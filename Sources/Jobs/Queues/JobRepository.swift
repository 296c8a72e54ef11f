import Core
import Postgres
import Tenancy

/// What a merchant's transaction may do with the queue: add jobs and end the one that it carries. Through definer functions, which take the merchant
/// from the transaction.
public struct JobRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Adds jobs in this order. Call it last in a transaction: it holds the lanes' rows until the commit.
    public func enqueue(_ jobs: [NewJob], on queue: Queue, priority: LanePriority = .normal, maxAttempts: Int16 = 10) {
        guard !jobs.isEmpty else { return }
        tx.append(
            """
            select queue.tenant_enqueue(\(queue.name), \(jobs.map(\.key)), \(jobs.map(\.kind)), \(jobs.map(\.arguments)), \
            \(priority.rawValue), \(maxAttempts))
            """
        )
        tx.wake(queue.name)
    }

    /// Adds a job that starts after `delay`.
    public func delay(_ job: NewJob, on queue: Queue, by delay: Duration, priority: LanePriority = .normal) {
        tx.append(
            """
            select queue.tenant_delay(\(queue.name), \(job.key), \(job.kind), \(job.arguments), \
            \(delay.microseconds) * interval '1 microsecond', \(priority.rawValue))
            """
        )
    }

    /// Makes this transaction fail unless `job` is still this worker's. For changes that do not end the job.
    public func hold(_ job: Job) {
        tx.append("select queue.tenant_hold(\(job.queue.name), \(job.key), \(job.lease))")
    }

    /// Has the merchant's lanes that wait for a later moment looked at now. Call it last, as ``enqueue(_:on:priority:maxAttempts:)``.
    public func hurry(_ queue: Queue) {
        tx.append("select queue.tenant_hurry(\(queue.name))")
        tx.wake(queue.name)
    }

    /// Ends `job` with this transaction, which fails as a whole when the lease was lost. Call it after the effects.
    public func complete(_ job: Job, as outcome: JobOutcome = .done) {
        tx.append("select queue.tenant_complete(\(job.queue.name), \(job.key), \(job.id), \(job.lease), \(outcome.rawValue))")
    }
}

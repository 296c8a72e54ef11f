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

    /// Ends `job` with this transaction, which fails as a whole when the lease was lost. Call it after the effects.
    public func complete(_ job: Job, as outcome: JobOutcome = .done) {
        tx.append("select queue.tenant_complete(\(job.queue.name), \(job.key), \(job.id), \(job.lease), \(outcome.rawValue))")
    }
}

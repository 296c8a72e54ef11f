/// Told after a commit which queues got new jobs, so that workers need not wait for their next poll.
///
/// Jobs implements it; it is declared here because transactions are opened below Jobs.
public protocol CommitObserver: Sendable {
    /// Must return at once: it is called on the path of every enqueueing transaction.
    func committed(wake queues: Set<String>)
}

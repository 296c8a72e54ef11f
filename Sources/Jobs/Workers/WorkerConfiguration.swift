/// How a worker takes jobs from its queue.
public struct WorkerConfiguration: Sendable {
    /// Jobs that run at once in this process.
    public var concurrency: Int
    /// How long a claimed job is this worker's. It is prolonged every third of that while the job runs.
    public var lease: Duration
    /// The least time between two claims, unless the first was full. Without it a busy worker claims for each job that ends, and a claim costs the database
    /// as much for one job as for ten. An idle worker claims at once.
    public var claimInterval: Duration
    /// How long a worker that was not woken sleeps between looks; half of it is jitter.
    public var pollInterval: Duration

    public init(
        concurrency: Int = 32,
        lease: Duration = .seconds(30),
        claimInterval: Duration = .milliseconds(5),
        pollInterval: Duration = .milliseconds(500)
    ) {
        self.concurrency = concurrency
        self.lease = lease
        self.claimInterval = claimInterval
        self.pollInterval = pollInterval
    }
}

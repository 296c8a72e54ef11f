/// Runs the jobs of one queue.
///
/// A handler carries out a job inside a transaction of the job's own merchant and ends it there with `JobRepository.complete`, so that its effects
/// happen exactly once. There is no ambient merchant: what a job needs is in its arguments.
public protocol JobHandler: Sendable {
    /// What `perform` gets: the job itself, or the job with what `load` fetched for it.
    associatedtype Input: Sendable

    var queue: Queue { get }

    /// Called once with all jobs of a claim, so that what they need from the platform's tables costs one round trip.
    func load(_ jobs: [Job]) async throws -> [(job: Job, input: Input)]

    /// Carries the job out. Throwing gives it back: a `JobError` says how; infrastructure failures do not use up an attempt; anything else does.
    func perform(_ job: Job, _ input: Input) async throws -> JobResult

    /// Told when a job became a dead letter, so that what it was about does not wait for ever. It may not throw; what fails here is for a person.
    func bury(_ job: Job) async
}

extension JobHandler {
    public func bury(_ job: Job) async {}
}

extension JobHandler where Input == Void {
    public func load(_ jobs: [Job]) async throws -> [(job: Job, input: Void)] { jobs.map { ($0, ()) } }
}

/// What became of a job that did not throw.
public enum JobResult: Sendable {
    /// It was completed in the transaction of its effects.
    case completed
    /// It is not time yet: the lane waits, and the attempt is not counted.
    case snooze(Duration)
}

/// Thrown by a handler that knows how its job failed.
public struct JobError: Error, Sendable {
    public let message: String
    /// When to try again; nil: the back-off of the attempt.
    public let after: Duration?
    public let countsAttempt: Bool

    public init(_ message: String, after: Duration? = nil, countsAttempt: Bool = true) {
        self.message = message
        self.after = after
        self.countsAttempt = countsAttempt
    }
}

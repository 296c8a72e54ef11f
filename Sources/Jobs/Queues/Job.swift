import Core
import Postgres

/// A claimed job: the head of a leased lane.
public struct Job: Sendable {
    public let queue: Queue
    public let merchant: MerchantID
    /// The lane: jobs with the same key run one at a time, in the order they were enqueued.
    public let key: String
    public let id: Int64
    /// Fencing token. Completing with a lease that is no longer the lane's fails, and with it the whole transaction.
    public let lease: Int64
    /// Counted from 1, this one included.
    public let attempt: Int
    public let kind: String
    /// A JSON object.
    public let arguments: PostgresJSON
    public let maxAttempts: Int
    public let enqueuedAt: Timestamp
}

/// A job to be added.
public struct NewJob: Sendable {
    public let key: String
    public let kind: String
    public let arguments: PostgresJSON

    public init(key: String, kind: String, arguments: PostgresJSON) {
        self.key = key
        self.kind = kind
        self.arguments = arguments
    }
}

/// How a finished job is remembered.
public enum JobOutcome: String, Sendable {
    case done, cancelled, dead
}

/// SQLSTATEs raised by the queue's functions (migration 0003).
public enum QueueState {
    /// The lease was lost: somebody else runs this job, or has run it.
    public static let leaseLost = "MT001"
    /// No merchant is set in the transaction.
    public static let noMerchant = "MT002"
}

import Core
import Postgres

/// What is known of one job. Of one that has ended, only what became of it.
public struct JobRecord: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// May run, or waits in its lane for those before it.
        case ready
        case running
        /// Waits for a moment.
        case delayed
        /// Failed, and waits for its next attempt.
        case retrying
        /// Given up.
        case dead
        case done
        case cancelled
        /// A dead letter that somebody threw away.
        case discarded
        /// Goes on under another id: it was due, or was replayed.
        case replaced
    }

    public let id: Int64
    public let queue: Queue
    public let merchant: MerchantID
    public let state: State
    public let key: String?
    public let kind: String?
    /// A JSON object, without a copy of what a provider sent.
    public let arguments: PostgresJSON?
    /// Attempts so far.
    public let attempts: Int
    public let maxAttempts: Int?
    public let enqueuedAt: Timestamp?
    /// When it may run, of one that waits for that.
    public let runsAt: Timestamp?
    public let finishedAt: Timestamp?
    /// Why its last attempt failed.
    public let reason: String?
    public let successor: Int64?
}

import Core

/// A job that was given up.
public struct DeadLetter: Sendable {
    /// The job's.
    public let id: Int64
    public let queue: Queue
    public let merchant: MerchantID
    public let key: String
    public let kind: String
    public let attempts: Int
    public let maxAttempts: Int
    public let enqueuedAt: Timestamp
    public let diedAt: Timestamp
    public let reason: String

    var position: DeadLetterPosition { DeadLetterPosition(diedAt: diedAt, id: id) }
}

/// Which dead letters.
public struct DeadLetterFilter: Sendable {
    public let queue: Queue?
    public let kind: String?
    public let merchant: MerchantID?
    /// Given up at this moment or later.
    public let from: Timestamp?
    /// Given up before this moment.
    public let to: Timestamp?

    public init(queue: Queue? = nil, kind: String? = nil, merchant: MerchantID? = nil, from: Timestamp? = nil, to: Timestamp? = nil) {
        self.queue = queue
        self.kind = kind
        self.merchant = merchant
        self.from = from
        self.to = to
    }
}

/// A place in the list of dead letters, newest first.
public struct DeadLetterPosition: Sendable {
    public let diedAt: Timestamp
    public let id: Int64

    public init(diedAt: Timestamp, id: Int64) {
        self.diedAt = diedAt
        self.id = id
    }
}

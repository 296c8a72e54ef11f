import Core

/// How a queue is: what it is told to do, and how full it was when somebody last counted.
public struct QueueStatus: Sendable {
    public let queue: Queue
    public let isPaused: Bool
    public let pausedAt: Timestamp?
    public let limits: QueueLimits?
    public let counts: Counts
    /// How long the lane that waits longest had been ready; nil when none was.
    public let oldestReadySeconds: Double?
    /// When it was counted; nil when nobody has yet.
    public let measuredAt: Timestamp?
    /// What ended in the last whole minute, by pieces of ten seconds.
    public let throughput: Throughput

    /// Jobs by state.
    public struct Counts: Sendable {
        /// May run, or wait in their lane for those before them.
        public let ready: Int
        public let running: Int
        /// Wait for a moment.
        public let delayed: Int
        /// Failed, and wait for their next attempt.
        public let retrying: Int
        public let dead: Int
    }

    /// Attempts that ended.
    public struct Throughput: Sendable {
        public let done: Int
        public let retried: Int
        public let dead: Int
    }
}

/// A minute of a queue.
public struct QueueMinute: Sendable {
    public let start: Timestamp
    public let throughput: QueueStatus.Throughput
}

/// What all nodes together may take of a queue. Exact: a start is a claim by the database's clock, and no window of this length has more of them.
public struct QueueLimits: Sendable, Equatable {
    /// At most this many starts in any window.
    public struct Rate: Sendable, Equatable {
        /// 1 to 1000.
        public let starts: Int
        /// A tenth of a second to a day.
        public let window: Duration

        public init(starts: Int, window: Duration) {
            self.starts = starts
            self.window = window
        }
    }

    public let rate: Rate?
    /// Jobs that run at once; 1 to 100,000.
    public let running: Int?

    public init(rate: Rate?, running: Int?) {
        self.rate = rate
        self.running = running
    }
}

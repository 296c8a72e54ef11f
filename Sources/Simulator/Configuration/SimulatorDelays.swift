/// How long the simulated world takes.
public struct SimulatorDelays: Sendable {
    /// From the accepted send to the `sent` status.
    public var sent: Duration
    /// From the accepted send to the `delivered` status.
    public var delivered: Duration
    /// From the accepted send to the `read` status. Nil: nobody reads, except the phone page while it is visible.
    public var read: Duration?
    /// From a template's creation to its approval.
    public var templateReview: Duration
    /// How long a webhook's receiver may take before the try counts as failed.
    public var webhookTimeout: Duration
    /// Between tries of a failed webhook: at once, then less and less often. The last value repeats.
    public var webhookRetries: [Duration]
    /// After this a webhook is dropped. Meta documents 36 hours and 7 days (A2).
    public var webhookLifetime: Duration
    /// How long a request is held by a `timeout` fault before its connection is closed.
    public var heldRequest: Duration

    public init(
        sent: Duration = .milliseconds(60),
        delivered: Duration = .milliseconds(350),
        read: Duration? = nil,
        templateReview: Duration = .seconds(2),
        webhookTimeout: Duration = .seconds(10),
        webhookRetries: [Duration] = [
            .zero, .seconds(1), .seconds(5), .seconds(15), .seconds(60), .seconds(300), .seconds(900), .seconds(3600), .seconds(14_400),
        ],
        webhookLifetime: Duration = .seconds(7 * 86_400),
        heldRequest: Duration = .seconds(60)
    ) {
        self.sent = sent
        self.delivered = delivered
        self.read = read
        self.templateReview = templateReview
        self.webhookTimeout = webhookTimeout
        self.webhookRetries = webhookRetries
        self.webhookLifetime = webhookLifetime
        self.heldRequest = heldRequest
    }

    /// The pause before try number `attempt` (1 is the first repetition).
    func retry(_ attempt: Int) -> Duration {
        guard let last = webhookRetries.last else { return .seconds(1) }
        return attempt - 1 < webhookRetries.count ? webhookRetries[max(0, attempt - 1)] : last
    }
}

/// Meta's limits (A13), and this program's own bounds on memory.
public struct SimulatorLimits: Sendable {
    /// Messages a second through one number; over it error 130429. 0 means without limit.
    public var throughputPerSecond: Int
    /// Messages to one user that may be borrowed from the future; over it error 131056. 0 means without limit.
    public var pairBurst: Int
    /// One message to one user costs so much time.
    public var pairInterval: Duration
    /// Entries kept of one conversation.
    public var entriesPerThread: Int
    /// Conversations kept; the idlest go first.
    public var threads: Int
    /// Sends kept for `GET /simulator/sent`.
    public var sentLog: Int
    /// Bytes of media kept; the oldest go first.
    public var mediaBytes: Int
    /// Updates that may wait for delivery; beyond, the newest are dropped and counted.
    public var pendingUpdates: Int
    /// Webhook POSTs under way at the same time.
    public var concurrentWebhooks: Int

    public init(
        throughputPerSecond: Int = 80,
        pairBurst: Int = 45,
        pairInterval: Duration = .seconds(6),
        entriesPerThread: Int = 300,
        threads: Int = 20_000,
        sentLog: Int = 50_000,
        mediaBytes: Int = 128 << 20,
        pendingUpdates: Int = 200_000,
        concurrentWebhooks: Int = 32
    ) {
        self.throughputPerSecond = throughputPerSecond
        self.pairBurst = pairBurst
        self.pairInterval = pairInterval
        self.entriesPerThread = entriesPerThread
        self.threads = threads
        self.sentLog = sentLog
        self.mediaBytes = mediaBytes
        self.pendingUpdates = pendingUpdates
        self.concurrentWebhooks = concurrentWebhooks
    }
}

/// The 24-hour customer service window (A13).
public struct ServiceWindowPolicy: Sendable {
    /// How a message outside the window is refused.
    public enum Enforcement: String, Sendable, CaseIterable {
        /// Accepted with 200, then a `failed` status with 131047: what Meta usually does (A7).
        case status
        /// Error 131047 in the answer.
        case answer
        /// Not at all.
        case off
    }

    public var enforcement: Enforcement
    /// Whether a customer of whom this process has seen no message counts as being inside the window. The state is in memory only, so that a
    /// program that outlives the simulator would otherwise meet closed windows after each of its restarts.
    public var openForUnknownCustomers: Bool

    public init(enforcement: Enforcement = .status, openForUnknownCustomers: Bool = false) {
        self.enforcement = enforcement
        self.openForUnknownCustomers = openForUnknownCustomers
    }
}

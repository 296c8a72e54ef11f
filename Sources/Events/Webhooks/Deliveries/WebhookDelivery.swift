import Core

/// One event for one endpoint.
public struct WebhookDelivery: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// It is being sent, or will be at `nextAttemptAt`.
        case pending
        /// It waits until its endpoint is resumed.
        case held
        /// It was answered with 2xx.
        case delivered
        /// Given up; it can be replayed.
        case failed
    }

    public let id: WebhookDeliveryID
    public let endpoint: WebhookEndpointID
    /// The `webhook-id` of every attempt.
    public let event: EventID
    public let eventType: String
    public let isTest: Bool
    public let state: State
    public let attempts: Int
    public let nextAttemptAt: Timestamp?
    /// Of the last answer.
    public let lastStatus: Int?
    public let lastOutcome: WebhookAttempt.Outcome?
    public let createdAt: Timestamp
    public let finishedAt: Timestamp?
}

/// One request to an endpoint.
public struct WebhookAttempt: Sendable, Equatable {
    /// What those who named the address are told: of all that can go wrong before an answer there is one word, since the differences would show them what is
    /// around us (security-tests F10).
    public enum Outcome: String, Sendable, CaseIterable {
        /// 2xx.
        case succeeded
        /// Any other answer.
        case refused
        case timedOut = "timed_out"
        case unreachable
    }

    public let id: WebhookAttemptID
    public let startedAt: Timestamp
    public let durationMilliseconds: Int
    public let outcome: Outcome
    public let status: Int?
    /// The beginning of the answer, as text.
    public let answer: String?
}

/// Which deliveries to list.
public struct WebhookDeliveryFilter: Sendable {
    public var endpoint: WebhookEndpointID?
    public var state: WebhookDelivery.State?
    public var eventType: String?
    public var event: EventID?
    public var from: Timestamp?
    public var to: Timestamp?

    public init(
        endpoint: WebhookEndpointID? = nil,
        state: WebhookDelivery.State? = nil,
        eventType: String? = nil,
        event: EventID? = nil,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) {
        self.endpoint = endpoint
        self.state = state
        self.eventType = eventType
        self.event = event
        self.from = from
        self.to = to
    }
}

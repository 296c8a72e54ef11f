/// What a limit has left for whoever made a request.
public struct RateQuota: Sendable, Equatable {
    public let kind: RateKind
    public let limit: Int
    public let remaining: Int
}

/// Whether a request may go on, and what is left after it.
public struct RateDecision: Sendable, Equatable {
    /// One for each limit that applies.
    public let quotas: [RateQuota]
    /// Seconds until the window ends, at least 1.
    public let resetsIn: Int
    public let isRefused: Bool
}

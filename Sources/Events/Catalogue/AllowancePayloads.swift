import Core

/// How much of an allowance is used.
public struct AllowanceLevel: Sendable {
    /// `dailyLimit` or `monthlyLimit`.
    public var allowance: String
    /// Per cent: 80 or 100.
    public var threshold: Int64
    public var limit: Int64
    public var used: Int64
    public var resetsAt: Timestamp

    public init(allowance: String, threshold: Int64, limit: Int64, used: Int64, resetsAt: Timestamp) {
        self.allowance = allowance
        self.threshold = threshold
        self.limit = limit
        self.used = used
        self.resetsAt = resetsAt
    }

    func write(to writer: inout JSONWriter) {
        writer.member("allowance", allowance)
        writer.member("threshold", threshold)
        writer.member("limit", limit)
        writer.member("used", used)
        writer.member("resetsAt", resetsAt)
    }
}

/// 80 per cent of an allowance are used.
public struct AllowanceWarning: EventPayload {
    public static let type = EventType.allowanceWarning
    public var level: AllowanceLevel

    public init(level: AllowanceLevel) { self.level = level }

    public func write(to writer: inout JSONWriter) { level.write(to: &writer) }
}

/// An allowance is used up: the bot says nothing more until it is refilled.
public struct AllowanceExhausted: EventPayload {
    public static let type = EventType.allowanceExhausted
    public var level: AllowanceLevel

    public init(level: AllowanceLevel) { self.level = level }

    public func write(to writer: inout JSONWriter) { level.write(to: &writer) }
}

import Core

/// What one merchant has used and has left.
public struct UsageRecord: Sendable {
    public let merchant: MerchantID
    public let name: String
    public let allowances: Allowances
    /// Messages of bot and API that were charged today.
    public let messagesToday: Int64
    /// Counted conversations of the merchant's month.
    public let conversationsThisMonth: Int64
    public let lastConversationAt: Timestamp?
    /// The first message that was counted, and the last.
    public let firstActivity: Timestamp?
    public let lastActivity: Timestamp?
    /// The merchant is active and had a message in the last 30 days.
    public let isActive: Bool
    /// When the next day and the next month of the allowances begin.
    public let dayEnds: Timestamp
    public let monthEnds: Timestamp

    public var dailyRemaining: Int64 { max(0, Int64(allowances.dailyLimit) - messagesToday) }
    public var monthlyRemaining: Int64 { max(0, Int64(allowances.monthlyLimit) - conversationsThisMonth) }
}

/// The counted conversations of one month of the merchant.
public struct UsageMonth: Sendable, Equatable {
    public let year: Int32
    public let month: Int32
    public let conversations: Int64
    public let lastConversationAt: Timestamp?
}

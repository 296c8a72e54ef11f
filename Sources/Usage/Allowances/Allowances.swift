/// What a merchant may use; set by the platform.
public struct Allowances: Sendable, Equatable {
    /// Messages a day, sent by bot or API: the ones that are accepted for sending count, whatever becomes of them.
    public var dailyLimit: Int32
    /// Counted conversations a month.
    public var monthlyLimit: Int32
    /// Messages of one bot in a minute, sent by it or by the API in its conversations.
    public var perMinute: Int32

    public init(dailyLimit: Int32, monthlyLimit: Int32, perMinute: Int32) {
        self.dailyLimit = dailyLimit
        self.monthlyLimit = monthlyLimit
        self.perMinute = perMinute
    }

    /// What the database takes.
    public static let limits: ClosedRange<Int64> = 0...100_000_000
    public static let minuteLimits: ClosedRange<Int64> = 1...60_000
}

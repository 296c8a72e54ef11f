import Foundation

/// A moment: microseconds since 1970-01-01T00:00:00Z, the resolution of PostgreSQL's `timestamptz`.
///
/// `Date` is a floating-point number and loses the last microsecond on the way to the database and back.
public struct Timestamp: Hashable, Sendable, Comparable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(unixSeconds: Int64) {
        // Providers send seconds as text of any length; saturate instead of trapping.
        self.microseconds = unixSeconds.multipliedReportingOverflow(by: 1_000_000).overflow ? .max : unixSeconds * 1_000_000
    }

    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public var unixSeconds: Int64 { microseconds / 1_000_000 }

    /// Days since 1970-01-01 in UTC.
    public var unixDay: Int64 { microseconds.flooredDivision(by: 86_400_000_000) }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    public static func + (time: Self, duration: Duration) -> Self {
        Timestamp(microseconds: time.microseconds + duration.microseconds)
    }

    public static func - (time: Self, duration: Duration) -> Self {
        Timestamp(microseconds: time.microseconds - duration.microseconds)
    }

    public static func - (left: Self, right: Self) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    public var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 { microseconds / 1000 }
}

extension Int64 {
    func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

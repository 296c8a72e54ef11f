import Foundation

/// Nanoseconds of a clock that never goes back.
struct MonotonicTime: Comparable, Sendable {
    var nanoseconds: UInt64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static let distantFuture = MonotonicTime(nanoseconds: .max)

    static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (time: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(UInt64(clamping: seconds).multipliedSaturating(by: 1_000_000_000))
        return overflow ? .distantFuture : MonotonicTime(nanoseconds: sum &+ UInt64(clamping: attoseconds / 1_000_000_000))
    }

    /// The time since an earlier moment.
    func since(_ earlier: MonotonicTime) -> Duration {
        .nanoseconds(Int64(clamping: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0))
    }

    /// Milliseconds for poll(2), rounded up so that the moment has come when it returns; −1 for never.
    func pollTimeout(from now: MonotonicTime) -> Int32 {
        if self == .distantFuture { return -1 }
        if self <= now { return 0 }
        return Int32(clamping: (nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }
}

extension UInt64 {
    fileprivate func multipliedSaturating(by factor: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}

import Core
import Foundation

/// When a delivery that failed is tried again, and when an endpoint that fails is given up.
public struct WebhookSchedule: Sendable {
    /// Before each further try, after the one before it: nine, about 75 hours in all.
    public var delays: [Duration]
    /// A delay is longer by at most this part of it, at random, so that what failed together does not come back together.
    public var jitter: Double
    /// An endpoint may ask for a longer delay, up to this.
    public var longestRetryAfter: Duration
    /// An endpoint is disabled when it has failed for so long, without one success,
    public var disableAfter: Duration
    /// and at least so often.
    public var disableAfterFailures: Int

    public init(
        delays: [Duration] = [
            .seconds(5), .seconds(5 * 60), .seconds(30 * 60), .seconds(2 * 3600), .seconds(5 * 3600), .seconds(10 * 3600),
            .seconds(14 * 3600),
            .seconds(20 * 3600), .seconds(24 * 3600),
        ],
        jitter: Double = 0.1,
        longestRetryAfter: Duration = .seconds(24 * 3600),
        disableAfter: Duration = .seconds(120 * 3600),
        disableAfterFailures: Int = 20
    ) {
        self.delays = delays
        self.jitter = jitter
        self.longestRetryAfter = longestRetryAfter
        self.disableAfter = disableAfter
        self.disableAfterFailures = disableAfterFailures
    }

    /// How long to wait after a failed try; nil when it was the last.
    ///
    /// - Parameters:
    ///   - tries: of this round, the failed one included.
    ///   - retryAfter: the header field of its answer, if any.
    ///   - chance: from 0 to 1.
    public func delay(afterTry tries: Int, retryAfter: String?, at time: Timestamp = .now, chance: Double = .random(in: 0...1)) -> Duration?
    {
        guard tries >= 1, tries <= delays.count else { return nil }
        let planned = delays[tries - 1] * (1 + jitter * chance)
        guard let asked = retryAfter.flatMap({ Self.duration($0, at: time) }) else { return planned }
        return max(planned, min(asked, longestRetryAfter))
    }

    /// `Retry-After` (RFC 9110, 10.2.3): seconds or a date.
    static func duration(_ text: String, at time: Timestamp) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return .seconds(min(Int64(text) ?? .max, 31_536_000)) }
        // `Sun, 06 Nov 1994 08:49:37 GMT`, the only form of a date that is still sent.
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let date = Timestamp(rfc3339: "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
        else { return nil }
        return max(.zero, date - time)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

import Core
import Testing

@testable import Events

@Suite struct WebhookScheduleTests {
    private let schedule = WebhookSchedule()
    private let time = Timestamp(unixSeconds: 1_789_000_000)

    @Test("H3: ten tries in about 75 hours: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h apart")
    func delays() {
        let delays = (1...9).map { schedule.delay(afterTry: $0, retryAfter: nil, chance: 0) }
        let seconds = delays.compactMap { $0?.components.seconds }
        #expect(seconds == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
        let total: Int64 = seconds.reduce(0, +)
        #expect(total == 272_105)
        #expect(schedule.delay(afterTry: 10, retryAfter: nil) == nil)
        #expect(schedule.delay(afterTry: 10, retryAfter: "5") == nil)
    }

    @Test("A delay is longer by at most a tenth, at random")
    func jitter() {
        #expect(schedule.delay(afterTry: 2, retryAfter: nil, chance: 1) == .seconds(330))
        let some = Set((0..<50).compactMap { _ in schedule.delay(afterTry: 2, retryAfter: nil)?.microseconds })
        #expect(some.count > 40)
        #expect(some.allSatisfy { (300_000_000...330_000_000).contains($0) })
    }

    @Test(
        "H3: Retry-After lengthens a delay, up to a day, and never shortens one",
        arguments: [
            ("1", 5), ("60", 60), ("999999999", 86_400), ("99999999999999999999", 86_400), (" 60 ", 60), ("-5", 5), ("soon", 5), ("", 5),
            ("1.5", 5),
            ("Wed, 10 Sep 2026 01:08:10 GMT", 5), ("Thu, 10 Sep 2026 01:08:10 GMT", 5),
        ]
    )
    func retryAfter(header: String, seconds: Int64) throws {
        let at = try #require(Timestamp(rfc3339: "2026-09-10T01:08:40Z"))
        #expect(schedule.delay(afterTry: 1, retryAfter: header, at: at, chance: 0) == .seconds(seconds))
    }

    @Test("H3: Retry-After as a date")
    func retryAfterDate() throws {
        let at = try #require(Timestamp(rfc3339: "2026-09-10T01:08:40Z"))
        #expect(schedule.delay(afterTry: 1, retryAfter: "Thu, 10 Sep 2026 01:10:40 GMT", at: at, chance: 0) == .seconds(120))
        #expect(schedule.delay(afterTry: 1, retryAfter: "Fri, 10 Sep 2027 01:10:40 GMT", at: at, chance: 0) == .seconds(86_400))
        for wrong in ["Thu, 10 Sep 2026 01:10:40 CET", "Thu, 10 Foo 2026 01:10:40 GMT", "2026-09-10T01:10:40Z", "10 Sep 2026 01:10:40"] {
            #expect(WebhookSchedule.duration(wrong, at: at) == nil, "\(wrong)")
        }
    }
}

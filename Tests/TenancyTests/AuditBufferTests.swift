import Core
import Testing

@testable import Tenancy

@Suite struct AuditBufferTests {
    private static let start = ContinuousClock.now

    private static func refusal(
        from address: String = "203.0.113.7",
        code: String = "invalid_credential",
        route: String = "GET /api/v1/bots",
        userAgent: String = "curl"
    ) -> AuditEntry {
        AuditEntry(
            action: .accessRefused,
            outcome: .refused,
            code: code,
            by: Actor(.anonymous, address: address, userAgent: userAgent, requestID: "r"),
            details: ["route": .text(route)]
        )
    }

    @Test("The first of a flood is written at once, the rest of a minute is one entry with its number")
    func flood() {
        var buffer = AuditBuffer(capacity: 100, period: .seconds(60))
        for number in 0..<500 {
            // Another name for itself each time makes no other actor.
            buffer.record(Self.refusal(userAgent: "curl \(number)"), at: Self.start + .milliseconds(number))
        }
        #expect(buffer.take(100, at: Self.start + .seconds(1)).map(\.count) == [1])
        #expect(buffer.take(100, at: Self.start + .seconds(59)).isEmpty)
        let rest = buffer.take(100, at: Self.start + .seconds(60))
        #expect(rest.map(\.count) == [499])
        #expect(rest.first?.actor.userAgent == "curl 499")
        // A new minute begins with a first one again.
        buffer.record(Self.refusal(), at: Self.start + .seconds(61))
        #expect(buffer.take(100, at: Self.start + .seconds(61)).map(\.count) == [1])
        #expect(buffer.dropped == 0)
    }

    @Test("Another address, reason or route is another entry")
    func kinds() {
        var buffer = AuditBuffer(capacity: 100, period: .seconds(60))
        for entry in [Self.refusal(), Self.refusal(from: "203.0.113.8"), Self.refusal(code: "forbidden"), Self.refusal(route: "GET /x")] {
            buffer.record(entry, at: Self.start)
        }
        #expect(buffer.take(100, at: Self.start).count == 4)
    }

    @Test("What has no room is counted, one by one")
    func bounded() {
        var buffer = AuditBuffer(capacity: 10, period: .seconds(60))
        for number in 0..<25 { buffer.record(Self.refusal(from: "10.0.0.\(number)"), at: Self.start) }
        #expect(buffer.dropped == 15)
        let batch = buffer.take(4, at: Self.start)
        #expect(batch.count == 4)
        // Six wait; four come back, and nothing more.
        buffer.putBack(batch)
        buffer.putBack([Self.refusal(from: "late")])
        #expect(buffer.dropped == 16)
        #expect(buffer.take(100, at: Self.start).map(\.actor.address) == (0..<10).map { "10.0.0.\($0)" })
        #expect(buffer.takeDropped() == 16)
        #expect(buffer.takeDropped() == 0)
    }

    @Test("At the end what was counted comes before its minute is over")
    func last() {
        var buffer = AuditBuffer(capacity: 10, period: .seconds(60))
        for _ in 0..<3 { buffer.record(Self.refusal(), at: Self.start) }
        #expect(buffer.takeLast(10).map(\.count) == [1, 2])
        #expect(buffer.takeLast(10).isEmpty)
    }

    @Test("What a client says of itself is cut and loses what could forge a line")
    func clean() {
        let actor = Actor(
            .anonymous,
            address: "203.0.113.7\n",
            userAgent: "a\r\nb\u{1B}[31m\u{202E}\u{0}" + String(repeating: "x", count: 500),
            requestID: ""
        )
        #expect(actor.address == "203.0.113.7")
        #expect(actor.userAgent?.hasPrefix("ab[31mxx") == true)
        #expect(actor.userAgent?.unicodeScalars.count == 200)
        #expect(actor.requestID == nil)
    }
}

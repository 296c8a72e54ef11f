import Core
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import API
@testable import Usage

@Suite("I1, I2: shapes of usage")
struct UsageJSONTests {
    static let busy = UsageRecord(
        merchant: TestTokens.own,
        name: "Bait Al Mandi",
        allowances: Allowances(dailyLimit: 1000, monthlyLimit: 30_000, perMinute: 300),
        messagesToday: 12,
        conversationsThisMonth: 45,
        lastConversationAt: Timestamp(unixSeconds: 1_760_974_200),
        firstActivity: Timestamp(unixSeconds: 1_756_713_600),
        lastActivity: Timestamp(unixSeconds: 1_760_974_200),
        isActive: true,
        dayEnds: Timestamp(unixSeconds: 1_760_994_000),
        monthEnds: Timestamp(unixSeconds: 1_761_944_400)
    )

    @Test("A record is what older clients know, member by member")
    func record() {
        var writer = JSONWriter()
        writer.object { Self.busy.writeMembers(to: &$0) }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"restaurantId":"\#(TestTokens.own)","restaurantName":"Bait Al Mandi","conversationsThisMonth":45,"#
                + #""lastConversationAt":"2025-10-20T15:30:00.000Z","#
                + #""allowance":{"dailyLimit":1000,"dailyRemaining":988,"monthlyLimit":30000,"monthlyRemaining":29955},"#
                + #""firstActivity":"2025-09-01T08:00:00.000Z","lastActivity":"2025-10-20T15:30:00.000Z","isActive":true}"#
        )
    }

    @Test("Times that are absent are null; what is used beyond a limit leaves nothing, and not less")
    func nothing() {
        let record = UsageRecord(
            merchant: TestTokens.own,
            name: "New",
            allowances: Allowances(dailyLimit: 5, monthlyLimit: 1, perMinute: 1),
            messagesToday: 7,
            conversationsThisMonth: 3,
            lastConversationAt: nil,
            firstActivity: nil,
            lastActivity: nil,
            isActive: false,
            dayEnds: .now,
            monthEnds: .now
        )
        var writer = JSONWriter()
        writer.object { record.writeMembers(to: &$0) }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"restaurantId":"\#(TestTokens.own)","restaurantName":"New","conversationsThisMonth":3,"lastConversationAt":null,"#
                + #""allowance":{"dailyLimit":5,"dailyRemaining":0,"monthlyLimit":1,"monthlyRemaining":0},"#
                + #""firstActivity":null,"lastActivity":null,"isActive":false}"#
        )
    }

    @Test("A month of the history")
    func month() {
        var writer = JSONWriter()
        UsageMonth(year: 2025, month: 10, conversations: 45, lastConversationAt: Timestamp(unixSeconds: 1_760_974_200)).write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"month":10,"year":2025,"conversationCount":45,"lastConversationAt":"2025-10-20T15:30:00.000Z"}"#
        )
    }

    @Test("A refusal says when the allowance is refilled, or in how many seconds the next try is worth it")
    func refusals() throws {
        let exhausted = Problem(
            DomainError(.exhausted, code: "allowance_exhausted", message: "Used up.", resetsAt: Timestamp(unixSeconds: 1_760_994_000))
        )
        #expect(exhausted.status.code == 402)
        #expect(String(decoding: exhausted.document(), as: UTF8.self).contains(#""resetsAt":"2025-10-20T21:00:00.000Z""#))
        for (wait, seconds) in [(Duration.milliseconds(1), "1"), (.milliseconds(1001), "2"), (.seconds(60), "60")] {
            let limited = Problem(DomainError(.limited, code: "rate_limited", message: "Wait.", retryAfter: wait))
            #expect(limited.status.code == 429)
            #expect(limited.headers[.retryAfter] == seconds)
        }
    }
}

import Core
import Foundation
import Jobs
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing
import Usage

@testable import Messaging

/// What counts, in the transactions that make it count.
@Suite("I1, I3: counting and charging of messages")
struct CountingTests {
    @Test("A counted conversation opens with the contact's first message, and again 24 hours after it opened")
    func opens() async throws {
        try await MessagingFixture.run { fixture in
            for _ in 1...3 { try await fixture.receive() }
            #expect(try await fixture.counts() == ["conversation_opened contact 1", "message_inbound contact 3"])
            // Elapsed hours and not a day of the calendar, which may have 23 or 25.
            try await fixture.sql("update app.conversations set counted_at = now() - interval '23 hours 59 minutes'")
            try await fixture.receive()
            #expect(try await fixture.counts()[0] == "conversation_opened contact 1")
            try await fixture.sql("update app.conversations set counted_at = now() - interval '24 hours'")
            try await fixture.receive()
            #expect(try await fixture.counts() == ["conversation_opened contact 2", "message_inbound contact 5"])
            #expect(
                try await fixture.column("select coalesce(sum(used), 0)::text from app.allowance_slots where allowance = 'conversations'")
                    == ["2"]
            )
        }
    }

    @Test("What the restaurant says first opens nothing; the contact's answer does, once")
    func businessFirst() async throws {
        try await MessagingFixture.run { fixture in
            let sent = try await fixture.send(by: .new())
            #expect(sent.status == 201)
            #expect(try await fixture.counts() == [])
            try await fixture.accept("wamid.1")
            #expect(try await fixture.counts() == ["message_outbound agent 1"])
            for _ in 1...2 { try await fixture.receive() }
            #expect(
                try await fixture.counts() == ["conversation_opened contact 1", "message_inbound contact 2", "message_outbound agent 1"]
            )
        }
    }

    @Test("Statuses and answers of the provider count a message once, in any order and however often")
    func replays() async throws {
        try await MessagingFixture.run { fixture in
            _ = try await fixture.send(by: nil)
            let message = try #require(MessageID(try await fixture.column("select id::text from app.messages").first ?? ""))
            for status in ["sent", "delivered", "delivered", "sent", "read", "read"] {
                try await fixture.status(status, of: message)
                if status == "sent" { try await fixture.accept("wamid.1") }
            }
            #expect(try await fixture.counts() == ["message_outbound api 1"])
        }
    }

    @Test("The same message delivered twice counts once, and takes nothing of an allowance")
    func redelivered() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.receive(providerMessageID: "wamid.1")
            try await fixture.sql("update app.conversations set counted_at = now() - interval '25 hours'")
            let refused = await postgresFailure { try await fixture.receive(providerMessageID: "wamid.1") }
            #expect(refused?.constraint == "message_references_pkey")
            #expect(try await fixture.counts() == ["conversation_opened contact 1", "message_inbound contact 1"])
            #expect(try await fixture.column("select coalesce(sum(used), 0)::text from app.allowance_slots") == ["1"])
        }
    }

    @Test("A message from the handset counts as sent, and opens nothing")
    func handset() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.append(.outbound, .phone, status: "sent", advance: ConversationAdvance(direction: .outbound, takesOver: true))
            #expect(try await fixture.counts() == ["message_outbound phone 1"])
        }
    }

    @Test("R10: of 100 sends with a key and one message left, exactly one is taken; the others learn when the next day begins")
    func apiRace() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.sql("update platform.merchants set daily_limit = 1")
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 1...100 { group.addTask { await fixture.outcome() } }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            let resets = try await fixture.column(
                """
                select to_char(((now() at time zone 'Asia/Riyadh')::date + 1)::timestamp at time zone 'Asia/Riyadh' at time zone 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                """
            )
            #expect(outcomes == ["201": 1, "allowance_exhausted until \(resets[0])": 99])
            #expect(try await fixture.column("select count(*)::text from app.messages") == ["1"])
            #expect(try await fixture.column("select count(*)::text from queue.jobs") == ["1"])
            #expect(try await fixture.column("select count(*)::text from app.idempotency_keys") == ["1"])
            // A person may answer all the same, and takes nothing.
            #expect(try await fixture.send(by: .new()).status == 201)
            #expect(
                try await fixture.column("select coalesce(sum(used), 0)::text from app.allowance_slots where allowance = 'messages'") == [
                    "1"
                ]
            )
        }
    }

    @Test("The same request a hundred times at once, with one left: one message, and every answer is that of it")
    func sameRequest() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.sql("update platform.merchants set daily_limit = 1")
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 1...100 { group.addTask { await fixture.outcome(key: "one") } }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == ["201": 100])
            #expect(try await fixture.column("select count(*)::text from app.messages") == ["1"])
        }
    }

    @Test("A key in a conversation beyond the month's is refused until the next month; a raised limit lets it through")
    func overMonth() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.sql("update platform.merchants set monthly_limit = 0")
            try await fixture.receive(over: true)
            let resets = try await fixture.column(
                """
                select to_char((date_trunc('month', now() at time zone 'Asia/Riyadh') + interval '1 month') at time zone 'Asia/Riyadh' at time zone 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                """
            )
            #expect(await fixture.outcome() == "allowance_exhausted until \(resets[0])")
            #expect(try await fixture.send(by: .new()).status == 201)
            try await fixture.sql("update platform.merchants set monthly_limit = 1")
            #expect(await fixture.outcome() == "201")
        }
    }

    @Test("Beyond the bot's minute a key is told to wait, and nothing of the day is taken")
    func minute() async throws {
        try await MessagingFixture.run { fixture in
            try await fixture.sql("update platform.merchants set per_minute = 2")
            var outcomes: [String] = []
            for _ in 1...3 { outcomes.append(await fixture.outcome()) }
            #expect(outcomes.prefix(2) == ["201", "201"])
            #expect(outcomes[2].hasPrefix("rate_limited after "))
            #expect(
                try await fixture.column("select coalesce(sum(used), 0)::text from app.allowance_slots where allowance = 'messages'") == [
                    "2"
                ]
            )
        }
    }
}

extension MessagingFixture {
    /// `metric sender number` of everything that was counted.
    func counts() async throws -> [String] {
        try await column("select metric || ' ' || sender || ' ' || count(*) from app.usage_events group by metric, sender order by 1")
    }

    func append(
        _ direction: Message.Direction,
        _ sender: Message.Sender,
        status: String,
        providerMessageID: String? = nil,
        advance: ConversationAdvance
    ) async throws {
        let draft = MessageDraft(
            direction: direction,
            sender: sender,
            type: "text",
            content: PostgresJSON(Array(#"{"body":"hi"}"#.utf8)),
            status: status,
            providerMessageID: providerMessageID
        )
        _ = try await tenant.tenant(merchant) { tx in
            MessageRepository(tx).append([draft], to: conversation, channel: channel, advance: advance)
        }
    }

    /// The contact writes.
    func receive(providerMessageID: String? = nil, over: Bool = false) async throws {
        var advance = ConversationAdvance(direction: .inbound, inboundAt: .now)
        advance.countsConversation = true
        advance.isOverAllowance = over
        try await append(.inbound, .contact, status: "received", providerMessageID: providerMessageID, advance: advance)
    }

    /// Sends as a person, or as a program with a key.
    func send(by person: PersonID?, key: String = UUID().uuidString) async throws -> IdempotentAnswer {
        try await MessageService(database: tenant, usage: UsageService(tenant: tenant, platform: platform)).send(
            .text(body: "hi", previewURL: false),
            replyTo: nil,
            to: conversation,
            of: merchant,
            by: person,
            request: IdempotentRequest(operation: "POST /x", key: key, body: []),
            locationPrefix: "/x"
        )
    }

    /// What a program with a key is told.
    func outcome(key: String = UUID().uuidString) async -> String {
        do {
            return String(try await send(by: nil, key: key).status)
        } catch let error as DomainError {
            if let resetsAt = error.resetsAt { return "\(error.code) until \(resetsAt)" }
            return "\(error.code) after \(error.retryAfter.map { "\($0)" } ?? "nothing")"
        } catch {
            return "\(error)"
        }
    }

    /// The provider takes the queued message.
    func accept(_ providerMessageID: String) async throws {
        let message = try MessageID(await column("select id::text from app.messages where direction = 'outbound'").first ?? "") ?? .new()
        let sender = try await column("select sender from app.messages where direction = 'outbound'").first ?? ""
        try await tenant.tenant(merchant) { tx in
            SendingRepository(tx).recordAccepted(
                MessageToSend(
                    id: message,
                    conversation: conversation,
                    channel: channel,
                    sender: sender,
                    type: "text",
                    content: PostgresJSON(Array("{}".utf8)),
                    quoted: nil,
                    provider: "meta",
                    numberID: "42",
                    sealedToken: nil,
                    waID: "966500000001",
                    userID: nil,
                    groupID: nil
                ),
                providerMessageID: providerMessageID,
                held: false
            )
        }
    }

    func status(_ status: String, of message: MessageID) async throws {
        try await tenant.tenant(merchant) { tx in
            MessageRepository(tx).apply(
                StatusChange(
                    providerMessageID: "wamid.1",
                    correlation: message,
                    status: status,
                    at: .now,
                    errorCode: nil,
                    errorDetail: nil,
                    pricing: nil
                ),
                on: channel
            )
        }
    }
}

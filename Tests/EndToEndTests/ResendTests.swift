import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// A person sends a failed message again (design 4.5).
@Suite(.serialized)
struct ResendTests {
    @Test("C3: a message with an unknown outcome is sent again by hand, once, however often it is asked")
    func unknownOutcome() async throws {
        try await Installation.run(configure: { $0.settleAfter = .milliseconds(500) }) { maitre in
            let chat = try await maitre.open("447700900301", at: 2)
            for kind in ["missingSent", "missingDelivered", "missingRead", "close"] {
                try await maitre.fault(#""kind":"\#(kind)","next":1"#, at: 2)
            }
            let lost = try await chat.say("Your table is ready.")
            let early = try await Self.resend(lost, in: chat, key: "early")
            #expect(early.status == 409, "it has not failed yet")
            try await chat.reaches("failed", lost)

            let first = try await Self.resend(lost, in: chat, key: "again")
            #expect(first.status == 201, "\(String(decoding: first.body, as: UTF8.self))")
            let copy = try #require(try first.json["id"]?.string)
            #expect(first.headers.first(name: "Location")?.hasSuffix("/messages/\(copy)") == true)
            #expect(try first.json["text"]?["body"]?.string == "Your table is ready.")
            #expect(try first.json["extra"]?["resendOf"]?.string == lost)
            let replay = try await Self.resend(lost, in: chat, key: "again")
            #expect(replay.status == 201)
            #expect(replay.body == first.body)
            let other = try await Self.resend(lost, in: chat, key: "somebody-else")
            #expect(other.status == 409)
            #expect(try other.json["code"]?.string == "message_not_resendable")

            try await chat.reaches("read", copy, timeout: .seconds(45))
            #expect(try await chat.find(lost)["extra"]?["resentAs"]?.string == copy)
            #expect(try await chat.times(lost) == 1)
            #expect(try await chat.times(copy) == 1)
            #expect(try await chat.sentTexts() == ["Your table is ready.", "Your table is ready."])
        }
    }

    @Test("C3: two people who press the same button at the same moment send once")
    func race() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900302", at: 2)
            try await maitre.fault(#""kind":"error","code":131026,"next":1"#, at: 2)
            let failed = try await chat.say("hello")
            try await chat.reaches("failed", failed)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 { group.addTask { try await Self.resend(failed, in: chat, key: "key-\(index)").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 1)
            #expect(statuses.count { $0 == 409 } == 7)
            try await maitre.drained()
            #expect(try await chat.sentTexts() == ["hello"])
        }
    }

    @Test("C7: only what failed, only outbound, only with a key, only while the window is open")
    func refusals() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900303", at: 2)
            let inbound = try #require(try await chat.messages().first?["id"]?.string)
            #expect(try await Self.resend(inbound, in: chat, key: "1").status == 409)
            let fine = try await chat.say("fine")
            try await chat.reaches("read", fine)
            #expect(try await Self.resend(fine, in: chat, key: "2").status == 409)
            #expect(try await Self.resend("0198a000-0000-7000-8000-000000000009", in: chat, key: "3").status == 404)
            let keyless = try await maitre.owner(2, .POST, "/conversations/\(chat.id)/messages/\(fine)/resend")
            #expect(keyless.status == 400)
            #expect(try keyless.json["code"]?.string == "idempotency_key_required")
            try await maitre.fault(#""kind":"error","code":131026,"next":1"#, at: 2)
            let failed = try await chat.say("too late")
            try await chat.reaches("failed", failed)
            let chatty = try await maitre.owner(
                2,
                .POST,
                "/conversations/\(chat.id)/messages/\(failed)/resend",
                headers: [("Idempotency-Key", "5")],
                json: #"{"text":{"body":"something else"}}"#
            )
            #expect(chatty.status == 422, "a resend has nothing to say")
            try await chat.closeWindow()
            let late = try await Self.resend(failed, in: chat, key: "4")
            #expect(late.status == 409)
            #expect(try late.json["code"]?.string == "service_window_closed")
        }
    }

    private static func resend(_ message: String, in chat: Chat, key: String) async throws -> Answer {
        try await chat.maitre.owner(
            chat.index,
            .POST,
            "/conversations/\(chat.id)/messages/\(message)/resend",
            headers: [("Idempotency-Key", key)]
        )
    }
}

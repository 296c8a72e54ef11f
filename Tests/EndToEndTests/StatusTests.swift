import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// Delivery statuses and webhooks as they really come: twice, out of order, wrongly signed.
@Suite(.serialized)
struct StatusTests {
    /// What a message may become, in the order in which news may move it.
    private static let ranks = ["unconfirmed": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 5]

    private static func isForwards(_ story: [String]) -> Bool {
        let ranks = story.map { Self.ranks[$0] ?? -1 }
        return zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 }
    }

    @Test("B6: statuses twice and in every order leave a message at the furthest of them; each news is told once")
    func anyOrder() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900300", at: 2)
            let orders: [([String], String)] = [
                (["read", "delivered", "sent", "read", "delivered"], "read"),
                (["delivered", "sent", "delivered"], "delivered"),
                (["played", "read", "delivered"], "played"),
                (["failed", "sent", "failed"], "failed"),
                (["failed", "delivered", "failed", "sent"], "delivered"),
                (["read", "failed"], "read"),
            ]
            for (order, final) in orders {
                for kind in ["missingSent", "missingDelivered", "missingRead"] {
                    try await maitre.fault(#""kind":"\#(kind)","next":1"#, at: 2)
                }
                let message = try await chat.say("in any order")
                try await chat.reaches("sent", message)
                try await maitre.faultsAreSpent()
                let before = try await maitre.sql("select count(*)::text from inbox.updates where kind = 'status'").first.flatMap {
                    Int($0)
                }
                for status in order { try await chat.tell(status, of: message, code: status == "failed" ? 131_026 : nil) }
                // A repeated status is the same update and stored once.
                let expected = (before ?? 0) + Set(order).count
                try await maitre.eventually("the statuses have come") {
                    try await maitre.sql("select count(*)::text from inbox.updates where kind = 'status'") == ["\(expected)"]
                }
                try await maitre.drained()
                #expect(try await chat.status(message) == final, "\(order)")
                let story = try await chat.story(message)
                #expect(Self.isForwards(story), "\(order): \(story)")
                #expect(story.last == final)
                let found = try await chat.find(message)
                #expect((found["error"]?["code"]?.string == "131026") == (final == "failed"), "\(order)")
                let times = found["timestamps"]
                let isRead = ["read", "played"].contains(final)
                #expect((times?["readAt"]?.string != nil) == isRead, "\(order)")
                #expect((times?["deliveredAt"]?.string != nil) == (isRead || final == "delivered"), "\(order)")
                #expect((times?["failedAt"]?.string != nil) == (final == "failed"), "\(order)")
            }
        }
    }

    @Test("B6 I2.7: statuses that race with our own record of the send never lose or turn back a message")
    func racing() async throws {
        try await Installation.run(adjust: { simulation in
            simulation.delays.sent = .zero
            simulation.delays.delivered = .zero
            simulation.delays.read = .zero
        }) { maitre in
            let chats = try await withThrowingTaskGroup(of: Chat.self) { group in
                for index in 0..<6 { group.addTask { try await maitre.open("44770090031\(index)", at: 2) } }
                return try await group.reduce(into: [Chat]()) { $0.append($1) }
            }
            var messages: [(Chat, String)] = []
            for round in 0..<5 {
                for chat in chats { messages.append((chat, try await chat.say("\(round)"))) }
            }
            for (chat, message) in messages { try await chat.reaches("read", message) }
            try await maitre.drained()
            for (chat, message) in messages {
                let found = try await chat.find(message)
                #expect(found["status"]?.string == "read")
                #expect(found["timestamps"]?["sentAt"]?.string != nil)
                #expect(found["providerMessageId"]?.string?.hasPrefix("wamid.") == true)
            }
            for chat in chats { #expect(try await chat.sentTexts() == (0..<5).map { "\($0)" }) }
            #expect(try await maitre.sql("select count(*)::text from app.usage_events where metric = 'message_outbound'") == ["36"])
        }
    }

    @Test("B8 B10: webhooks that come several times have one effect, in the order of the conversation")
    func duplicates() async throws {
        try await Installation.run { maitre in
            try await maitre.fault(#""kind":"duplicateWebhook","copies":3"#, at: 2)
            let chat = try await maitre.open("447700900320", at: 2)
            for number in 1...12 { try await chat.writes(#"{"type":"text","text":{"body":"m\#(number)"}}"#) }
            let answer = try await chat.say("answer")
            try await chat.reaches("read", answer)
            try await maitre.eventually("all is there") { try await chat.messages().count { $0["direction"]?.string == "inbound" } == 13 }
            try await maitre.drained()
            let inbound = try await chat.messages().filter { $0["direction"]?.string == "inbound" }
            #expect(inbound.compactMap { $0["text"]?["body"]?.string } == ["hello"] + (1...12).map { "m\($0)" })
            #expect(try await chat.conversation()["unreadCount"]?.int == 13)
            #expect(try await maitre.sql("select count(*)::text from app.usage_events where metric = 'message_inbound'") == ["13"])
            #expect(try await maitre.sql("select count(*)::text from app.events where type = 'message_received'") == ["13"])
            #expect(try await chat.sent().count == 2)
            #expect(Self.isForwards(try await chat.story(answer)))
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("B6 B8 B10: webhooks that overtake each other lose nothing and make no gap; statuses end where they belong")
    func reordered() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900330", at: 2)
            try await maitre.fault(#""kind":"reorderWebhook","milliseconds":400,"probability":0.7"#, at: 2)
            for number in 1...15 { try await chat.writes(#"{"type":"text","text":{"body":"m\#(number)"}}"#) }
            var answers: [String] = []
            for number in 1...5 { answers.append(try await chat.say("a\(number)")) }
            for answer in answers { try await chat.reaches("read", answer) }
            try await maitre.eventually("all is there") { try await chat.messages().count { $0["direction"]?.string == "inbound" } == 16 }
            // Statuses that were held back are still coming.
            try await maitre.eventually("the simulator has told everything") {
                let state = try await maitre.simulator(.GET, "/state")
                return state["timers"]?.int == 0 && state["pendingUpdates"]?.int == 0 && state["activeWebhooks"]?.int == 0
            }
            try await maitre.drained()
            let messages = try await chat.messages()
            #expect(messages.compactMap { $0["sequence"]?.int } == (1...Int64(messages.count)).map { $0 })
            let texts = messages.filter { $0["direction"]?.string == "inbound" }.compactMap { $0["text"]?["body"]?.string }
            #expect(Set(texts) == Set(["hello"] + (1...15).map { "m\($0)" }))
            // In the order in which they arrived, which is that of their jobs.
            let arrived = try await maitre.sql(
                """
                select convert_from(u.payload, 'UTF8')::jsonb #>> '{message,text,body}' from inbox.updates u
                where u.kind = 'message' order by u.received_at, u.ctid
                """
            )
            #expect(texts == arrived)
            #expect(try await chat.sentTexts() == (1...5).map { "a\($0)" })
            for answer in answers {
                let story = try await chat.story(answer)
                #expect(Self.isForwards(story) && story.last == "read", "\(story)")
            }
        }
    }

    @Test("B2 B10: one webhook for three restaurants, messages and statuses mixed: each gets its own, in order")
    func severalRestaurants() async throws {
        try await Installation.run { maitre in
            let chats = try await withThrowingTaskGroup(of: Chat.self) { group in
                for index in 0..<3 { group.addTask { try await maitre.open("96650000035\(index)", at: index) } }
                return try await group.reduce(into: [Chat]()) { $0.append($1) }
            }
            for kind in ["missingSent", "missingDelivered", "missingRead"] {
                try await maitre.simulator(.POST, "/faults", json: #"{"kind":"\#(kind)","next":3}"#)
            }
            var updates: [String] = []
            var messages: [String] = []
            for chat in chats {
                messages.append(try await chat.say("an answer"))
                try await chat.reaches("sent", messages[messages.count - 1])
            }
            try await maitre.faultsAreSpent()
            for number in 0..<5 {
                for chat in chats {
                    let place = #""phoneNumberId":"\#(maitre.number(chat.index))","customer":"\#(chat.customer)""#
                    updates.append(#"{\#(place),"message":{"type":"text","text":{"body":"\#(chat.index) \#(number)"}}}"#)
                    if number == 2, let id = try await chat.sent().last?["id"]?.string {
                        updates.append(#"{\#(place),"id":"\#(id)","status":"delivered"}"#)
                    }
                }
            }
            let posts = try await maitre.counter("webhookPosts")
            try await maitre.simulator(.POST, "/batches", json: #"{"updates":[\#(updates.joined(separator: ","))]}"#)
            for (chat, message) in zip(chats, messages) {
                try await chat.reaches("delivered", message)
                try await maitre.eventually("all its messages") { try await chat.messages().count == 8 }
                let texts = try await chat.messages().suffix(5).compactMap { $0["text"]?["body"]?.string }
                #expect(texts == (0..<5).map { "\(chat.index) \($0)" })
                #expect(try await maitre.conversations(chat.index).count == 1)
            }
            #expect(try await maitre.counter("webhookPosts") == posts + 1)
        }
    }

    @Test("B1 B9: a wrongly signed webhook is refused and has no effect; its repetition, signed well, is taken")
    func badSignature() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900340", at: 2)
            #expect(try await maitre.counter("webhookFailures") == 0)
            try await maitre.fault(#""kind":"badSignature","next":1"#, at: 2)
            try await chat.writes(#"{"type":"text","text":{"body":"signed in the end"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().last?["text"]?["body"]?.string == "signed in the end" }
            try await maitre.faultsAreSpent()
            #expect(try await maitre.counter("webhookFailures") == 1)
            #expect(try await chat.messages().count { $0["text"]?["body"]?.string == "signed in the end" } == 1)
            #expect(
                try await maitre.request(.GET, "/api/v1/quarantine", token: maitre.demo.platformKey).json["data"]?.elements.isEmpty == true
            )
        }
    }
}

import Core
import Foundation
import NIOHTTP1
import Testing

@testable import maitre

/// The whole path of a message over real HTTP, a real PostgreSQL and the provider's wire format.
@Suite(.serialized)
struct MainWayTests {
    private static let customer = "966500000001"

    @Test("B1 B9 C1 C2: a message comes in, is stored and answered with buttons in the customer's language; ticks come back")
    func greeting() async throws {
        try await Installation.run { maitre in
            try await maitre.customer(Self.customer, says: #"{"name":"سارة","message":{"type":"text","text":{"body":"مرحبا"}}}"#, to: 0)
            try await maitre.eventually("the greeting is read") {
                guard let conversation = try await maitre.conversations(0).first, let id = conversation["id"]?.string else { return false }
                let messages = try await maitre.messages(0, of: id)
                return messages.count == 2 && messages[1]["status"]?.string == "read"
            }
            let conversation = try #require(try await maitre.conversations(0).first)
            #expect(conversation["mode"]?.string == "bot")
            #expect(conversation["unreadCount"]?.int == 1)
            #expect(conversation["contact"]?["name"]?.string == "سارة")
            #expect(conversation["contact"]?["phone"]?.string == "+966500000001")
            let messages = try await maitre.messages(0, of: try #require(conversation["id"]?.string))
            #expect(messages[0]["direction"]?.string == "inbound")
            #expect(messages[0]["text"]?["body"]?.string == "مرحبا")
            #expect(messages[0]["sequence"]?.int == 1)
            #expect(messages[1]["sender"]?.string == "bot")
            #expect(messages[1]["sequence"]?.int == 2)
            #expect(messages[1]["interactive"]?["buttons"]?.elements.count == 3)
            #expect(messages[1]["interactive"]?["body"]?.string?.contains("سارة") == true)
            #expect(messages[1]["providerMessageId"]?.string?.hasPrefix("wamid.") == true)
            // Another restaurant sees nothing of it.
            #expect(try await maitre.conversations(1).isEmpty)
        }
    }

    @Test("C2 C3 C13: 'talk to a person' hands over; the agent's answer is stored first, sent once, and the bot stays silent")
    func handover() async throws {
        try await Installation.run { maitre in
            try await maitre.customer("447700900001", says: #"{"name":"Ana","message":{"type":"text","text":{"body":"hello"}}}"#, to: 2)
            try await maitre.eventually("greeted") { try await maitre.conversations(2).first?["lastSequence"]?.int == 2 }
            try await maitre.customer("447700900001", says: #"{"message":{"type":"text","text":{"body":"talk to a person"}}}"#, to: 2)
            try await maitre.eventually("handed over") { try await maitre.conversations(2).first?["mode"]?.string == "agent" }
            let id = try #require(try await maitre.conversations(2).first?["id"]?.string)
            try await maitre.eventually("the announcement goes out although the mode is no longer the bot's") {
                ["sent", "delivered", "read"].contains(try await maitre.messages(2, of: id).last?["status"]?.string)
            }
            let body = #"{"type":"text","text":{"body":"Hi Ana, this is Ellen."}}"#
            let key = [("Idempotency-Key", "handover-1")]
            let first = try await maitre.owner(2, .POST, "/conversations/\(id)/messages", headers: key, json: body)
            #expect(first.status == 201)
            let replay = try await maitre.owner(2, .POST, "/conversations/\(id)/messages", headers: key, json: body)
            #expect(replay.status == 201)
            #expect(replay.body == first.body)
            #expect(replay.headers.first(name: "Idempotent-Replayed") == "true")
            let other = try await maitre.owner(
                2,
                .POST,
                "/conversations/\(id)/messages",
                headers: key,
                json: #"{"type":"text","text":{"body":"else"}}"#
            )
            #expect(other.status == 422)
            try await maitre.eventually("delivered") {
                let last = try await maitre.messages(2, of: id).last
                return last?["sender"]?.string == "agent" && ["delivered", "read"].contains(last?["status"]?.string)
            }
            // A further message of the customer is stored and not answered.
            try await maitre.customer("447700900001", says: #"{"message":{"type":"text","text":{"body":"thanks"}}}"#, to: 2)
            try await maitre.eventually("stored") { try await maitre.messages(2, of: id).last?["text"]?["body"]?.string == "thanks" }
            let bodies = try await maitre.messages(2, of: id).filter { $0["text"]?["body"]?.string == "Hi Ana, this is Ellen." }
            #expect(bodies.count == 1)
        }
    }

    @Test("B10: twenty messages of one new customer at once make one conversation, in order, each once")
    func burst() async throws {
        try await Installation.run { maitre in
            let number = maitre.demo.merchants[1].channels[0].phoneNumberId
            let updates = (1...20).map { index in
                #"{"phoneNumberId":"\#(number)","customer":"6281200000001","message":{"type":"text","text":{"body":"m\#(index)"}}}"#
            }
            let answer = try await maitre.request(
                .POST,
                "/simulator/batches",
                json: #"{"updates":[\#(updates.joined(separator: ","))]}"#
            )
            #expect(answer.status == 202, "\(String(decoding: answer.body, as: UTF8.self))")
            try await maitre.eventually("all are there") {
                guard let id = try await maitre.conversations(1).first?["id"]?.string else { return false }
                return try await maitre.messages(1, of: id).filter { $0["direction"]?.string == "inbound" }.count == 20
            }
            #expect(try await maitre.conversations(1).count == 1)
            let id = try #require(try await maitre.conversations(1).first?["id"]?.string)
            let messages = try await maitre.messages(1, of: id)
            #expect(
                messages.filter { $0["direction"]?.string == "inbound" }.compactMap { $0["text"]?["body"]?.string }
                    == (1...20).map { "m\($0)" }
            )
            #expect(messages.compactMap { $0["sequence"]?.int } == (1...Int64(messages.count)).map { $0 })
        }
    }

    @Test("C2: a paused conversation only stores; a closed one too, until it is reopened")
    func modes() async throws {
        try await Installation.run { maitre in
            try await maitre.customer("447700900002", says: #"{"message":{"type":"text","text":{"body":"hello"}}}"#, to: 2)
            try await maitre.eventually("greeted") { try await maitre.conversations(2).first?["lastSequence"]?.int == 2 }
            let id = try #require(try await maitre.conversations(2).first?["id"]?.string)
            for mode in ["paused", "closed"] {
                let changed = try await maitre.owner(2, .PATCH, "/conversations/\(id)", json: #"{"mode":"\#(mode)"}"#)
                #expect(changed.status == 200)
                #expect(try changed.json["mode"]?.string == mode)
                try await maitre.customer("447700900002", says: #"{"message":{"type":"text","text":{"body":"in \#(mode)"}}}"#, to: 2)
                try await maitre.eventually("stored in \(mode)") {
                    try await maitre.messages(2, of: id).last?["text"]?["body"]?.string == "in \(mode)"
                }
            }
            #expect(try await maitre.messages(2, of: id).filter { $0["direction"]?.string == "outbound" }.count == 1)
            _ = try await maitre.owner(2, .PATCH, "/conversations/\(id)", json: #"{"mode":"bot"}"#)
            try await maitre.customer("447700900002", says: #"{"message":{"type":"text","text":{"body":"hello again"}}}"#, to: 2)
            try await maitre.eventually("answered again") {
                try await maitre.messages(2, of: id).filter { $0["direction"]?.string == "outbound" }.count == 2
            }
        }
    }

    @Test("J1 A5: health, and answers to missing, foreign and malformed credentials")
    func credentials() async throws {
        try await Installation.run { maitre in
            let health = try await maitre.request(.GET, "/api/health")
            #expect(health.status == 200)
            #expect(try health.json["status"]?.string == "ok")
            #expect(try await maitre.request(.GET, "/api/v1/conversations").status == 401)
            let own = maitre.demo.merchants[0]
            let foreign = maitre.demo.merchants[1].restaurantId
            let wrong = try await maitre.request(.GET, "/api/v1/conversations", token: own.pat, restaurant: foreign)
            let unknown = try await maitre.request(
                .GET,
                "/api/v1/conversations",
                token: own.pat,
                restaurant: "0190a000-0000-7000-8000-000000000000"
            )
            #expect(wrong.status == 403)
            #expect(unknown.status == 403)
            #expect(try await maitre.request(.GET, "/api/v1/conversations", token: own.pat).status == 400)
            #expect(try await maitre.request(.GET, "/api/v1/merchants", token: own.pat, restaurant: own.restaurantId).status == 403)
            let all = try await maitre.request(.GET, "/api/v1/merchants", token: maitre.demo.platformKey)
            #expect(all.status == 200)
            #expect(try all.json["data"]?.elements.count == 3)
        }
    }

    @Test("B11 J16: unknown numbers are quarantined; a wrong signature is refused; a redelivery has no second effect (B8)")
    func webhookEdges() async throws {
        try await Installation.run { maitre in
            let channel = maitre.demo.merchants[2].channels[0]
            func body(_ number: String) -> String {
                #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"\#(number)"},"contacts":[{"profile":{"name":"Bo"},"wa_id":"447700900003"}],"messages":[{"from":"447700900003","id":"wamid.TEST1","timestamp":"\#(Timestamp.now.unixSeconds)","type":"text","text":{"body":"caf\u00e9"}}]}}]}]}"#
            }
            let known = body(channel.phoneNumberId)
            for _ in 1...3 {
                let answer = try await maitre.webhook(known, secret: channel.appSecret)
                #expect(answer.status == 200)
            }
            #expect(try await maitre.webhook(known, secret: "wrong").status == 401)
            #expect(try await maitre.webhook(known + " ", signedAs: known, secret: channel.appSecret).status == 401)
            #expect(try await maitre.webhook(body("999000999000999"), secret: channel.appSecret).status == 200)
            try await maitre.eventually("processed once") { try await maitre.conversations(2).first?["lastSequence"]?.int == 2 }
            let id = try #require(try await maitre.conversations(2).first?["id"]?.string)
            #expect(try await maitre.messages(2, of: id).filter { $0["direction"]?.string == "inbound" }.count == 1)
            #expect(try await maitre.messages(2, of: id).first?["text"]?["body"]?.string == "café")
            let quarantine = try await maitre.request(.GET, "/api/v1/quarantine", token: maitre.demo.platformKey)
            #expect(try quarantine.json["data"]?.elements.count == 1)
            #expect(try quarantine.json["data"]?.elements.first?["reason"]?.string == "unknown_number")
            let challenge = try await maitre.request(
                .GET,
                "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=\(channel.verifyToken)"
            )
            #expect(challenge.status == 200)
            #expect(String(decoding: challenge.body, as: UTF8.self) == "1158201444")
            #expect(
                try await maitre.request(.GET, "/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token=nope").status == 403
            )
        }
    }
}

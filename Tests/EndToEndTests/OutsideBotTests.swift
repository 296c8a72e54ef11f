import Core
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import maitre

/// B12: what a bot that runs elsewhere tells becomes ours.
@Suite("Outside bots", .timeLimit(.minutes(3)))
struct OutsideBotTests {
    @Test(
        "B12: a bot connects, a customer writes to it, it answers, the answer is read, it disconnects: all of it is told as our own, and nothing is answered by us"
    )
    func story() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let made = try await bot.read()
            #expect(made["provider"]?.string == "outside")
            #expect(made["status"]?.string == "stopped")
            #expect(made["displayNumber"]?.string == "+966500001200")
            #expect(try await bot.connections() == [])
            try await bot.tell("bot_connected")
            try await maitre.eventually("it is connected") { try await bot.read()["status"]?.string == "active" }
            // Said twice it is told once.
            try await bot.tell("bot_connected")
            try await bot.tell("message_received", OutsideBot.text("a table for four?", from: "+966500001201", id: "in-1"))
            try await bot.tell(
                "message_sent",
                #"{"messageId":"out-1","contact":{"phone":"966500001201"},"type":"text","text":{"body":"at eight"},"quotedMessageId":"in-1"}"#
            )
            try await bot.tell("message_status_changed", #"{"messageId":"out-1","contact":{"phone":"+966500001201"},"status":"read"}"#)
            // Late: it was read already.
            try await bot.tell("message_status_changed", #"{"messageId":"out-1","contact":{"phone":"+966500001201"},"status":"delivered"}"#)
            try await maitre.drained()
            let conversation = try #require(try await maitre.conversation(of: "966500001201", at: 0))
            #expect(conversation["mode"]?.string == "bot")
            #expect(conversation["unreadCount"]?.int == 1)
            #expect(conversation["contact"]?["phone"]?.string == "+966500001201")
            #expect(conversation["contact"]?["name"]?.string == "Sara")
            #expect(conversation["channelId"]?.string == bot.channel)
            let id = try #require(conversation["id"]?.string)
            let messages = try await maitre.messages(0, of: id)
            #expect(messages.map { $0["sender"]?.string } == ["contact", "bot"])
            #expect(messages.map { $0["text"]?["body"]?.string } == ["a table for four?", "at eight"])
            #expect(messages.map { $0["status"]?.string } == ["received", "read"])
            #expect(messages.map { $0["providerMessageId"]?.string } == ["in-1", "out-1"])
            #expect(messages[1]["quotedProviderMessageId"]?.string == "in-1")
            // Events are read when no older transaction can still add one before them.
            let types = ["message_received", "message_sent", "message_status_changed"]
            try await maitre.eventually("each is told once") {
                let told = try await bot.events(types.joined(separator: ",")).filter { $0["conversationId"]?.string == id }
                return told.compactMap { $0["type"]?.string }.sorted() == types
            }
            // Nothing of ours can go out there, by hand or by itself.
            let chat = Chat(maitre: maitre, index: 0, customer: "966500001201", id: id, first: "in-1")
            let refused = try await chat.post(#"{"type":"text","text":{"body":"me too"}}"#)
            #expect(refused.status == 409)
            #expect(try refused.json["code"]?.string == "channel_not_connected")
            #expect(try await maitre.owner(0, .POST, "/conversations/\(id)/read", json: "{}").status == 200)
            try await bot.tell("bot_disconnected", #"{"reason":"the phone is offline"}"#)
            try await maitre.eventually("it is disconnected") { try await bot.read()["status"]?.string == "stopped" }
            #expect(try await bot.read()["stoppedReason"]?.string == "the phone is offline")
            #expect(try await bot.connections() == ["bot_connected", "bot_disconnected the phone is offline"])
            try await maitre.drained()
            #expect(try await maitre.deadLetters() == [])
            #expect(try await maitre.messages(0, of: id).count == 2)
        }
    }

    @Test("B12: of connected and disconnected the newest counts, in whatever order they arrive")
    func late() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let now = Timestamp.now
            try await bot.tell("bot_connected", at: now - .seconds(10))
            try await bot.tell("bot_disconnected", #"{"reason":"last"}"#, at: now)
            try await bot.tell("bot_connected", at: now - .seconds(5))
            try await maitre.drained()
            #expect(try await bot.read()["status"]?.string == "stopped")
            #expect(try await bot.read()["stoppedReason"]?.string == "last")
            #expect(try await bot.connections() == ["bot_connected", "bot_disconnected last"])
            // What comes in is stored all the same.
            try await bot.tell("message_received", OutsideBot.text("hello", from: "+966500001202"))
            try await maitre.eventually("it is stored") { try await maitre.conversation(of: "966500001202", at: 0) != nil }
        }
    }

    @Test(
        "B5, C12: every type of message, and of a group, is shown as it was told; a reaction is at its message, a form that we do not know is kept"
    )
    func types() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let contact = #""contact":{"phone":"+966500001203"}"#
            try await bot.tell("message_received", OutsideBot.text("look", from: "+966500001203", id: "m-1"))
            try await bot.tell(
                "message_received",
                #"{"messageId":"m-2",\#(contact),"type":"image","image":{"link":"https://x.example/a.jpg","caption":"it"}}"#
            )
            try await bot.tell(
                "message_sent",
                #"{"messageId":"m-3",\#(contact),"type":"reaction","reaction":{"messageId":"m-1","emoji":"👍"}}"#
            )
            try await bot.tell(
                "message_received",
                #"{"messageId":"m-4",\#(contact),"type":"unsupported","unsupported":{"kind":"poll","options":["a"]}}"#
            )
            try await bot.tell(
                "message_received",
                #"{"messageId":"m-5",\#(contact),"type":"interactive","interactive":{"type":"list_reply","reply":{"id":"r","title":"Row"}}}"#
            )
            try await bot.tell(
                "message_sent",
                #"{"messageId":"m-6",\#(contact),"type":"template","template":{"name":"order_ready","language":"en"}}"#
            )
            try await bot.tell(
                "message_received",
                #"{"messageId":"g-1","groupId":"120363@g.us",\#(contact),"type":"text","text":{"body":"all"}}"#
            )
            try await bot.tell("message_sent", #"{"messageId":"g-2","groupId":"120363@g.us","type":"text","text":{"body":"of you"}}"#)
            try await maitre.drained()
            #expect(try await maitre.deadLetters() == [])
            let all = try await maitre.conversations(0).filter { $0["channelId"]?.string == bot.channel }
            #expect(all.count == 2)
            let group = try #require(all.first { $0["groupId"]?.string == "120363@g.us" })
            let said = try await maitre.messages(0, of: try #require(group["id"]?.string))
            #expect(said.map { $0["text"]?["body"]?.string } == ["all", "of you"])
            let single = try #require(all.first { $0["groupId"]?.string != "120363@g.us" })
            let messages = try await maitre.messages(0, of: try #require(single["id"]?.string))
            #expect(messages.map { $0["type"]?.string } == ["text", "image", "reaction", "unsupported", "interactive", "template"])
            #expect(messages[0]["reactions"]?.rawText.contains("👍") == true)
            #expect(messages[1]["image"]?["caption"]?.string == "it")
            #expect(messages[3]["unsupported"]?["kind"]?.string == "poll")
            #expect(messages[4]["interactive"]?["reply"]?["title"]?.string == "Row")
        }
    }

    @Test("B12, E4: events of orders are kept as they came, once each, and become nothing yet")
    func orders() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let made = OutsideBot.event(
                "order_created",
                #"{"orderId":"A-1","amount":{"amount":4550,"currency":"SAR"},"lines":[{"name":"كبسة"}]}"#,
                id: "o-1"
            )
            #expect(try await bot.post(made).status == 202)
            try await bot.tell("order_status_changed", #"{"orderId":"A-1","newStatus":"ready"}"#, id: "o-2")
            try await maitre.drained()
            #expect(try await maitre.deadLetters() == [])
            let kept = try await maitre.sql(
                "select type || ' ' || event_id || ' ' || order_id || ' ' || channel_id from app.outside_orders order by event_id"
            )
            #expect(kept == ["order_created o-1 A-1 \(bot.channel)", "order_status_changed o-2 A-1 \(bot.channel)"])
            let payload = try await maitre.sql("select encode(payload, 'hex') from app.outside_orders where event_id = 'o-1'")
            #expect(payload == [made.hexadecimal])
            #expect(try await maitre.sql("select type from app.events where type like 'order%'") == [])
        }
    }

    @Test("B12, A10: the secret of an outside bot is never shown, sealed in the database, and replaced with an overlap or at once")
    func secret() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let shown = try await bot.read().rawText
            #expect(!shown.contains(OutsideBot.secret) && !shown.lowercased().contains("webhooksecret"))
            let dump = try await maitre.sql(
                "select encode(secret_sealed, 'escape') || encode(secret_sealed, 'hex') from app.channel_secrets"
            )
            #expect(dump.count == 1)
            #expect(!dump[0].contains(OutsideBot.secret) && !dump[0].contains(Array(OutsideBot.secret.utf8).hexadecimal))
            let (old, new, last) = (bot.secret, String(repeating: "n", count: 32), String(repeating: "ا", count: 256))
            @Sendable func isGood(_ secret: String) async throws -> Bool {
                var other = bot
                other.secret = secret
                return try await other.post(OutsideBot.event("bot_connected")).status == 202
            }
            let rolled = try await maitre.owner(0, .POST, bot.path + "/roll-webhook-secret", json: #"{"webhookSecret":"\#(new)"}"#)
            #expect(rolled.status == 200)
            let expires = try #require(try rolled.json["previousExpiresAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(abs((expires - .now).milliseconds - 86_400_000) < 60_000)
            try await maitre.eventually("the new one is good") { try await isGood(new) }
            #expect(try await isGood(old))
            // At once, and with it the one before that.
            let cut = try await maitre.owner(
                0,
                .POST,
                bot.path + "/roll-webhook-secret",
                json: #"{"webhookSecret":"\#(last)","overlapSeconds":0}"#
            )
            #expect(cut.status == 200)
            try await Task.sleep(for: .milliseconds(1100))
            #expect(!(try await isGood(old)))
            #expect(!(try await isGood(new)))
            #expect(try await isGood(last))
            #expect(try await maitre.sql("select count(*)::text from app.channel_secrets") == ["1"])
            let audit = try await maitre.sql(
                "select subject_type || ' ' || subject_id || ' ' || details from platform.audit_log where action = 'channel_secret.rolled'"
            )
            #expect(audit == Array(repeating: "channel \(bot.channel) {}", count: 2))
            for json in [
                #"{"webhookSecret":""}"#, #"{"webhookSecret":"\#(String(repeating: "x", count: 31))"}"#,
                #"{"webhookSecret":"\#(String(repeating: "x", count: 257))"}"#, #"{"webhookSecret":"\#(new)","overlapSeconds":-1}"#,
                #"{"webhookSecret":"\#(new)","secret":"x"}"#, "{}",
            ] {
                #expect(try await maitre.owner(0, .POST, bot.path + "/roll-webhook-secret", json: json).status == 422, "\(json)")
            }
            // Of another restaurant, and of a channel that has none.
            let body = #"{"webhookSecret":"\#(new)"}"#
            #expect(try await maitre.owner(1, .POST, bot.path + "/roll-webhook-secret", json: body).status == 404)
            let meta = try #require(try await maitre.channel(1)["id"]?.string)
            let path = "/bots/\(maitre.demo.merchants[1].botId)/channels/\(meta)/roll-webhook-secret"
            #expect(try await maitre.owner(1, .POST, path, json: body).status == 404)
        }
    }

    @Test(
        "B12: an outside bot has a number, once in a restaurant, of which nobody else is kept; what other channels have it does not have"
    )
    func channels() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let channels = "/bots/\(maitre.demo.merchants[0].botId)/channels"
            let again = #"{"provider":"outside","displayNumber":"+966500001200","webhookSecret":"\#(OutsideBot.secret)"}"#
            let taken = try await maitre.owner(0, .POST, channels, json: again)
            #expect(taken.status == 409)
            #expect(try taken.json["code"]?.string == "number_taken")
            // Nobody has checked whose number it is: whoever says so first keeps nobody from it.
            _ = try await OutsideBot.connect(maitre, at: 1)
            for (json, pointers) in [
                (#"{"provider":"outside"}"#, ["/displayNumber", "/webhookSecret"]),
                (
                    #"{"provider":"outside","displayNumber":"966","webhookSecret":"short","appId":"1"}"#,
                    ["/appId", "/displayNumber", "/webhookSecret"]
                ),
            ] {
                let answer = try await maitre.owner(0, .POST, channels, json: json)
                #expect(answer.status == 422)
                #expect(try answer.json["errors"]?.elements.compactMap { $0["pointer"]?.string }.sorted() == pointers)
            }
            #expect(try await maitre.owner(0, .POST, "/bots/\(UUID().uuidString)/channels", json: again).status == 404)
            #expect(try await maitre.owner(0, .POST, "/bots/\(maitre.demo.merchants[1].botId)/channels", json: again).status == 404)
            let patch = try await maitre.owner(0, .PATCH, bot.path, json: #"{"status":"active","accessToken":"x"}"#)
            #expect(patch.status == 409)
            #expect(try await bot.read()["status"]?.string == "stopped")
            // An answer that was kept for a repetition has no secret in it.
            let headers = [("Idempotency-Key", "one-bot")]
            let other = again.replacing("1200", with: "1209")
            let first = try await maitre.owner(0, .POST, channels, headers: headers, json: other)
            let second = try await maitre.owner(0, .POST, channels, headers: headers, json: other)
            #expect(first.status == 201 && second.status == 201)
            #expect(first.body == second.body)
        }
    }
}

extension OutsideBot {
    /// What was told of its connection, oldest first.
    func connections() async throws -> [String] {
        try await maitre.sql(
            """
            select type || coalesce(' ' || (data ->> 'reason'), '') from app.events
            where type like 'bot%connected' and data ->> 'channelId' = '\(channel)' order by xid, id
            """
        )
    }
}

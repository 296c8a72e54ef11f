import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// What changes something that is there already: reactions, edits, deletions, identities; and conversations of another kind.
@Suite(.serialized)
struct InboundChangesTests {
    @Test("B5 C6: a reaction is shown at its message, changed and taken back; it is no unread message and no reason to answer")
    func reactions() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.greet("447700900700", at: 2)
            let greeting = try #require(try await chat.messages()[1]["providerMessageId"]?.string)
            let contact = try #require(try await chat.conversation()["contact"]?["id"]?.string)
            var count = 2
            for (wire, shown) in [
                (#"{"message_id":"\#(greeting)","emoji":"\ud83d\udc4d"}"#, "👍"),
                (#"{"message_id":"\#(greeting)","emoji":"\u2764\ufe0f"}"#, "❤️"),
                (#"{"message_id":"\#(greeting)"}"#, nil as String?),
                (#"{"message_id":"\#(greeting)","emoji":"\ud83d\ude4f"}"#, "🙏"), (#"{"message_id":"\#(greeting)","emoji":""}"#, nil),
            ] {
                try await chat.writes(#"{"type":"reaction","reaction":\#(wire)}"#)
                count += 1
                let expected = count
                try await maitre.eventually("the reaction is stored") { try await chat.messages().count == expected }
                let messages = try await chat.messages()
                #expect(messages[1]["reactions"]?[contact]?.string == shown)
                #expect(messages[1]["reactions"]?.members.count ?? 0 == (shown == nil ? 0 : 1))
                #expect(messages.last?["type"]?.string == "reaction")
                #expect(messages.last?["reaction"]?["emoji"]?.string == shown ?? "")
                #expect(messages.last?["reaction"]?["messageId"]?.string == greeting)
            }
            // One of a message that nobody knows is stored too.
            try await chat.writes(#"{"type":"reaction","reaction":{"message_id":"wamid.unknown","emoji":"\ud83d\udc4d"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().count == 8 }
            try await maitre.drained()
            #expect(try await chat.conversation()["unreadCount"]?.int == 1)
            #expect(try await chat.sent().count == 1, "the bot does not answer reactions")
        }
    }

    @Test("B5: an edited message shows its new text and keeps the old one; a deleted one shows that it was, not what it said")
    func editAndRevoke() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900710", at: 2)
            let typo = try await chat.writes(#"{"type":"text","text":{"body":"tow pizzas"}}"#)
            let secret = try await chat.writes(#"{"type":"text","text":{"body":"my card number"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().count == 4 }
            for text in ["two pizzas", "three pizzas"] {
                try await chat.writes(
                    #"{"type":"edit","edit":{"original_message_id":"\#(typo)","message":{"type":"text","text":{"body":"\#(text)"}}}}"#
                )
                try await maitre.eventually("edited") { try await chat.messages()[2]["text"]?["body"]?.string == text }
            }
            try await chat.writes(#"{"type":"revoke","revoke":{"original_message_id":"\#(secret)"}}"#)
            try await maitre.eventually("deleted") { try await chat.messages()[3]["timestamps"]?["deletedAt"]?.string != nil }
            let messages = try await chat.messages()
            #expect(messages.count == 4)
            #expect(messages[2]["timestamps"]?["editedAt"]?.string != nil)
            let previous = messages[2]["extra"]?["previous"]?.elements.compactMap { $0["content"]?["body"]?.string }
            #expect(previous == ["tow pizzas", "two pizzas"])
            #expect(messages[3]["text"] == nil)
            #expect(!messages[3].rawText.contains("card number"))
            #expect(messages[3]["type"]?.string == "text")
            // Nor does the list of conversations, whose last message it is.
            #expect(try await chat.conversation()["lastMessage"]?["preview"]?.string?.contains("card number") == false)
            let last = try await chat.writes(#"{"type":"text","text":{"body":"four"}}"#)
            try await chat.writes(
                #"{"type":"edit","edit":{"original_message_id":"\#(last)","message":{"type":"text","text":{"body":"five"}}}}"#
            )
            try await maitre.eventually("edited") { try await chat.messages().last?["text"]?["body"]?.string == "five" }
            #expect(try await chat.conversation()["lastMessage"]?["preview"]?.string == "five")
            // Of messages that nobody knows, the news itself is kept.
            try await chat.writes(#"{"type":"revoke","revoke":{"original_message_id":"wamid.unknown"}}"#)
            try await chat.writes(
                #"{"type":"edit","edit":{"original_message_id":"wamid.unknown","message":{"type":"text","text":{"body":"news"}}}}"#
            )
            try await maitre.eventually("kept") { try await chat.messages().count == 7 }
            try await maitre.drained()
            #expect(try await chat.messages()[5]["type"]?.string == "revoke")
            #expect(try await chat.messages()[5]["revoke"]?["originalMessageId"]?.string == "wamid.unknown")
            #expect(try await chat.messages()[6].rawText.contains("news"))
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("B5 B13: a customer with a new number stays the same customer, unless that number is somebody else already")
    func numberChange() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900720", at: 2)
            let neighbour = try await maitre.open("447700900722", at: 2)
            @Sendable func changes(to number: String) -> String {
                #"{"type":"system","system":{"body":"changed number","wa_id":"\#(number)","type":"user_changed_number"}}"#
            }
            try await chat.writes(changes(to: "447700900721"))
            try await maitre.eventually("the contact has the new number") {
                try await chat.conversation()["contact"]?["phone"]?.string == "+447700900721"
            }
            let told = try #require(try await chat.messages().last)
            #expect(told["type"]?.string == "system")
            #expect(told["system"]?["waId"]?.string == "447700900721")
            try await maitre.receive(#"{"type":"text","text":{"body":"from my new number"}}"#, from: "447700900721", at: 2)
            try await maitre.eventually("the same conversation") {
                try await chat.messages().last?["text"]?["body"]?.string == "from my new number"
            }
            let answer = try await chat.say("hello again")
            try await maitre.eventually("sent to the new number") {
                try await maitre.simulator(.GET, "/sent?to=447700900721")["messages"]?.elements.first?["bizOpaqueCallbackData"]?.string
                    == answer
            }
            try await maitre.receive(changes(to: "447700900722"), from: "447700900721", at: 2)
            try await maitre.eventually("told") { try await chat.messages().last?["system"]?["waId"]?.string == "447700900722" }
            try await maitre.drained()
            #expect(try await neighbour.conversation()["contact"]?["phone"]?.string == "+447700900722")
            #expect(try await chat.conversation()["contact"]?["phone"]?.string == "+447700900721")
            #expect(try await maitre.owner(2, .GET, "/conversations").json["data"]?.elements.count == 2)
        }
    }

    @Test("B13: contacts without a number are greeted by their user id; number and user id that come together make one contact")
    func identities() async throws {
        try await Installation.run { maitre in
            try await maitre.receive(
                #"{"type":"text","text":{"body":"hello"}}"#,
                from: "447700900730",
                name: "Hidden",
                identity: "user",
                at: 2
            )
            try await maitre.eventually("greeted") {
                guard let found = try await maitre.conversation(of: "Hidden", at: 2) else { return false }
                return try await maitre.messages(2, of: found["id"]?.string ?? "").last?["status"]?.string == "read"
            }
            let found = try #require(try await maitre.conversation(of: "Hidden", at: 2))
            let chat = Chat(maitre: maitre, index: 2, customer: "447700900730", id: try #require(found["id"]?.string), first: "")
            #expect(found["contact"]?["phone"]?.isNull == true)
            #expect(found["contact"]?["userId"]?.string == "SA.447700900730")
            let sent = try #require(try await chat.sent().first?["request"])
            #expect(sent["recipient"]?.string == "SA.447700900730")
            #expect(sent["to"] == nil)
            try await chat.reaches("read", try await chat.say("nice to meet you"))
            try await chat.writes(#"{"type":"text","text":{"body":"here is my number"}}"#, identity: "both")
            try await maitre.eventually("one contact has both") {
                try await chat.conversation()["contact"]?["phone"]?.string == "+447700900730"
            }
            try await chat.writes(#"{"type":"text","text":{"body":"number only"}}"#, identity: "phone")
            try await maitre.eventually("the same conversation") {
                try await chat.messages().last?["text"]?["body"]?.string == "number only"
            }
            try await chat.reaches("read", try await chat.say("got it"))
            #expect(try await chat.sent().last?["request"]?["to"]?.string == "447700900730")
            #expect(try await maitre.owner(2, .GET, "/conversations").json["data"]?.elements.count == 1)

            // Two contacts already: neither takes the other's id, and nothing is stuck.
            let text = #"{"type":"text","text":{"body":"hello"}}"#
            try await maitre.receive(text, from: "447700900731", name: "Twice", identity: "phone", at: 2)
            try await maitre.drained()
            try await maitre.receive(text, from: "447700900731", name: "Twice", identity: "user", at: 2)
            try await maitre.eventually("two") { try await maitre.conversations(2).count == 3 }
            try await maitre.receive(
                #"{"type":"text","text":{"body":"both"}}"#,
                from: "447700900731",
                name: "Twice",
                identity: "both",
                at: 2
            )
            try await maitre.eventually("stored once") {
                try await maitre.sql("select id::text from app.messages where content ->> 'body' = 'both'").count == 1
            }
            try await maitre.drained()
            #expect(try await maitre.conversations(2).count == 3)
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("B10 B13: a new customer's messages that come at once with the user id only and with both ids make one conversation")
    func identitiesAtOnce() async throws {
        try await Installation.run { maitre in
            let updates = (0..<12).map { number in
                let identity = number % 2 == 0 ? "user" : "both"
                return
                    #"{"phoneNumberId":"\#(maitre.number(2))","customer":"447700900735","name":"Both","identity":"\#(identity)","message":{"type":"text","text":{"body":"m\#(number)"}}}"#
            }
            try await maitre.simulator(.POST, "/batches", json: #"{"updates":[\#(updates.joined(separator: ","))]}"#)
            try await maitre.eventually("all are stored") {
                try await maitre.sql("select count(*)::text from app.messages where direction = 'inbound'") == ["12"]
            }
            try await maitre.drained()
            let conversations = try await maitre.conversations(2)
            #expect(conversations.count == 1)
            let contact = conversations.first?["contact"]
            #expect(contact?["phone"]?.string == "+447700900735")
            #expect(contact?["userId"]?.string == "SA.447700900735")
            let texts = try await maitre.messages(2, of: conversations.first?["id"]?.string ?? "")
                .filter { $0["direction"]?.string == "inbound" }.compactMap { $0["text"]?["body"]?.string }
            #expect(Set(texts) == Set((0..<12).map { "m\($0)" }))
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("B5 C12: a group is a conversation of its own, with who wrote what; the bot is silent there")
    func groups() async throws {
        try await Installation.run { maitre in
            for (customer, text) in [("447700900740", "anyone hungry?"), ("447700900741", "always")] {
                try await maitre.receive(#"{"type":"text","text":{"body":"\#(text)"},"group_id":"G42"}"#, from: customer, name: text, at: 2)
                try await maitre.eventually("stored") {
                    try await maitre.conversations(2).first?["lastMessage"]?["preview"]?.string == text
                }
            }
            try await maitre.eventually("both are there") { try await maitre.conversations(2).first?["lastSequence"]?.int == 2 }
            try await maitre.drained()
            let group = try #require(try await maitre.conversations(2).first)
            #expect(try await maitre.conversations(2).count == 1)
            #expect(group["groupId"]?.string == "G42")
            #expect(group["contact"]?.isNull == true)
            #expect(group["unreadCount"]?.int == 2)
            let messages = try await maitre.messages(2, of: try #require(group["id"]?.string))
            #expect(messages.compactMap { $0["text"]?["body"]?.string } == ["anyone hungry?", "always"])
            #expect(Set(messages.compactMap { $0["contactId"]?.string }).count == 2)
            #expect(try await maitre.simulator(.GET, "/sent")["total"]?.int == 0)
            // A person may write to the group; alone with one of them the bot answers.
            let chat = Chat(maitre: maitre, index: 2, customer: "G42", id: try #require(group["id"]?.string), first: "")
            let answer = try await chat.say("so are we")
            try await maitre.eventually("sent to the group") {
                let sent = try await maitre.simulator(.GET, "/sent")["messages"]?.elements.first
                return sent?["request"]?["recipient_type"]?.string == "group" && sent?["request"]?["to"]?.string == "G42"
            }
            try await chat.reaches("read", answer)
            _ = try await maitre.greet("447700900740", at: 2)
            #expect(try await maitre.conversations(2).count == 2)
        }
    }

    @Test("B5 C2 C13: what the restaurant sends from its own handset is stored as such and takes the conversation over")
    func echoes() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.greet("447700900750", at: 2)
            let channel = maitre.demo.merchants[2].channels[0]
            @Sendable func echo(_ id: String, to customer: String, _ body: String) async throws {
                let value = """
                    {"messaging_product":"whatsapp","metadata":{"display_phone_number":"442000000099","phone_number_id":"\(channel.phoneNumberId)"},\
                    "message_echoes":[{"from":"442000000099","to":"\(customer)","id":"\(id)","timestamp":"\(Timestamp.now.unixSeconds)",\
                    "type":"text","text":{"body":"\(body)"}}]}
                    """
                try await maitre.simulator(
                    .POST,
                    "/updates",
                    json: #"{"wabaId":"\#(channel.wabaId)","field":"smb_message_echoes","value":\#(value)}"#
                )
            }
            try await echo("wamid.echo1", to: chat.customer, "I will bring it myself")
            try await maitre.eventually("stored") { try await chat.messages().count == 3 }
            let echoed = try #require(try await chat.messages().last)
            #expect(echoed["text"]?["body"]?.string == "I will bring it myself")
            #expect(echoed["direction"]?.string == "outbound")
            #expect(echoed["sender"]?.string == "phone")
            #expect(echoed["status"]?.string == "sent")
            let conversation = try await chat.conversation()
            #expect(conversation["mode"]?.string == "agent")
            #expect(conversation["unreadCount"]?.int == 1, "the restaurant's own message is not unread")
            try await chat.writes(#"{"type":"text","text":{"body":"menu"}}"#)
            try await maitre.eventually("stored, not answered") { try await chat.messages().count == 4 }
            // Also to somebody who never wrote; it opens no window.
            try await echo("wamid.echo2", to: "447700900751", "first contact")
            try await maitre.eventually("a new conversation") { try await maitre.conversation(of: "447700900751", at: 2) != nil }
            let fresh = try #require(try await maitre.conversation(of: "447700900751", at: 2))
            #expect(fresh["serviceWindow"]?["open"]?.bool == false)
            #expect(fresh["mode"]?.string == "agent")
            try await maitre.drained()
            #expect(try await maitre.simulator(.GET, "/sent")["total"]?.int == 1, "only the greeting")
        }
    }
}

import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// Who answers, and while which window.
@Suite(.serialized)
struct TakeoverTests {
    @Test(
        "C13 C2: a person who writes before the bot's reply is out cancels it; the bot stays silent until it is given the conversation back"
    )
    func takeover() async throws {
        try await Installation.run { maitre in
            // The greeting is refused for a minute.
            try await maitre.fault(#""kind":"error","code":131057,"next":1"#, at: 2)
            let customer = "447700900400"
            try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: customer, at: 2)
            try await maitre.eventually("the greeting waits") {
                try await maitre.sql("select coalesce(last_error, '') from queue.lanes where queue = 'message_sending'").first?.hasPrefix(
                    "131057"
                )
                    == true
            }
            let found = try #require(try await maitre.conversation(of: customer, at: 2))
            let chat = Chat(maitre: maitre, index: 2, customer: customer, id: try #require(found["id"]?.string), first: "")
            #expect(found["mode"]?.string == "bot")
            let own = try await chat.say("Ellen here")
            #expect(try await chat.conversation()["mode"]?.string == "agent")
            try await maitre.hurry(until: "the person's message goes out") { try await chat.times(own) == 1 }
            try await chat.reaches("read", own)
            let greeting = try await chat.messages()[1]
            #expect(greeting["sender"]?.string == "bot")
            #expect(greeting["status"]?.string == "cancelled")
            #expect(try await chat.sent().count == 1)
            let story = try await chat.story(greeting["id"]?.string ?? "")
            #expect(story == ["cancelled"])

            try await chat.writes(#"{"type":"text","text":{"body":"menu"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().last?["text"]?["body"]?.string == "menu" }
            try await maitre.drained()
            #expect(try await chat.sent().count == 1)
            #expect(try await chat.setMode("bot").status == 200)
            try await chat.writes(#"{"type":"text","text":{"body":"menu"}}"#)
            try await maitre.eventually("the bot answers again") { try await chat.sent().count == 2 }
        }
    }

    @Test("C13: a reply that a person's message has cancelled stays so when the conversation is given back to the bot at once")
    func handedBack() async throws {
        try await Installation.run { maitre in
            try await maitre.fault(#""kind":"error","code":131057,"next":1"#, at: 2)
            let customer = "447700900401"
            try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: customer, at: 2)
            try await maitre.eventually("the greeting waits") {
                try await maitre.sql("select coalesce(last_error, '') from queue.lanes where queue = 'message_sending'").first?.hasPrefix(
                    "131057"
                )
                    == true
            }
            let found = try #require(try await maitre.conversation(of: customer, at: 2))
            let chat = Chat(maitre: maitre, index: 2, customer: customer, id: try #require(found["id"]?.string), first: "")
            let own = try await chat.say("Ellen here, the bot takes it from here")
            #expect(try await chat.setMode("bot").status == 200)
            try await maitre.hurry(until: "the person's message goes out") { try await chat.times(own) == 1 }
            try await chat.reaches("read", own)
            #expect(try await chat.messages()[1]["status"]?.string == "cancelled")
            #expect(try await chat.sent().count == 1)
        }
    }

    @Test("C7: outside the window the API takes templates only; a template goes out and its price is kept")
    func closedWindow() async throws {
        try await Installation.run(adjust: { simulation in
            simulation.templates = simulation.phoneNumbers.map { number in
                PresetTemplate(
                    wabaID: number.wabaID,
                    definition: [
                        "name": "order_ready", "language": "en", "category": "UTILITY",
                        "components": [["type": "BODY", "text": "Hi {{1}}, your order is ready for you today."]],
                    ]
                )
            }
        }) { maitre in
            let chat = try await maitre.open("447700900410", at: 2)
            #expect(try await chat.conversation()["serviceWindow"]?["open"]?.bool == true)
            try await chat.closeWindow()
            #expect(try await chat.conversation()["serviceWindow"]?["open"]?.bool == false)
            let before = try await chat.messages().count
            for json in [
                #"{"type":"text","text":{"body":"too late"}}"#,
                #"{"type":"interactive","interactive":{"type":"button","body":"?","buttons":[{"id":"a","title":"A"}]}}"#,
                #"{"type":"location","location":{"latitude":1,"longitude":2}}"#,
            ] {
                let refused = try await chat.post(json)
                #expect(refused.status == 409)
                #expect(try refused.json["code"]?.string == "service_window_closed")
                #expect(refused.headers.first(name: "content-type")?.hasPrefix("application/problem+json") == true)
            }
            #expect(try await chat.messages().count == before, "nothing is stored")
            let template = try await chat.send(
                #"{"type":"template","template":{"name":"order_ready","language":"en","components":[{"type":"body","parameters":[{"type":"text","text":"Sara"}]}]}}"#
            )
            try await chat.reaches("read", template)
            let pricing = try await chat.find(template)["extra"]?["pricing"]
            #expect(pricing?["category"]?.string == "utility")
            #expect(pricing?["billable"]?.bool == true)
            let unknown = try await chat.send(#"{"type":"template","template":{"name":"no_such","language":"en"}}"#)
            try await chat.reaches("failed", unknown)
            #expect(try await chat.errorCode(unknown) == "132001")
            // The customer writes, and it is open again.
            try await chat.writes(#"{"type":"text","text":{"body":"thanks"}}"#)
            try await maitre.eventually("open") { try await chat.conversation()["serviceWindow"]?["open"]?.bool == true }
            try await chat.reaches("read", try await chat.say("you are welcome"))
        }
    }

    @Test("C7: a window that closes between store and send fails the message; one that only WhatsApp knows to be closed does too")
    func closingWindow() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900420", at: 2)
            try await maitre.fault(#""kind":"error","code":131057,"next":1"#, at: 2)
            let message = try await chat.say("just in time?")
            try await maitre.eventually("it waits") {
                try await maitre.sql("select coalesce(last_error, '') from queue.lanes where key = '\(chat.id)'").first?.hasPrefix("131057")
                    == true
            }
            try await chat.closeWindow(atTheProvider: false)
            try await maitre.hurry(until: "decided") { try await chat.status(message) != "queued" }
            try await chat.reaches("failed", message)
            #expect(try await chat.errorCode(message) == "service_window_closed")
            #expect(try await chat.times(message) == 0)
            #expect(try await chat.story(message) == ["failed"])

            let other = try await maitre.open("447700900421", at: 2)
            try await other.closeWindowAtTheProvider()
            let late = try await other.say("closed there")
            try await other.reaches("failed", late)
            #expect(try await other.errorCode(late) == "131047")
            #expect(try await other.times(late) == 1)
        }
    }
}

import Core
import NIOHTTP1
import TestSupport
import Testing

@testable import Simulator
@testable import maitre

/// What becomes of messages that the provider refuses, whatever it says why (providers.md A12).
@Suite(.serialized)
struct SendingFaultTests {
    @Test("C3 I2.9: rate limits and passing troubles are tried again, each message goes out once, and nothing overtakes")
    func retried() async throws {
        try await Installation.run { maitre in
            // Each on a number of its own, so that they wait side by side.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, (code, times)) in [(131_056, 2), (130_429, 2), (131_000, 1)].enumerated() {
                    group.addTask {
                        let chat = try await maitre.open("96650000010\(index)", at: index)
                        try await maitre.fault(#""kind":"error","code":\#(code),"next":\#(times)"#, at: index)
                        let first = try await chat.say("first \(code)")
                        let second = try await chat.say("second \(code)")
                        try await maitre.eventually("refused with \(code)") {
                            try await maitre.sql("select coalesce(last_error, '') from queue.lanes where key = '\(chat.id)'").first?
                                .hasPrefix("\(code)")
                                ?? false
                        }
                        let waiting = try await chat.status(first)
                        #expect(["queued", "sending"].contains(waiting), "\(code): refused, not lost")
                        try await chat.reaches("read", first, timeout: .seconds(30))
                        try await chat.reaches("read", second)
                        let texts = try await chat.sentTexts()
                        #expect(texts == ["first \(code)", "second \(code)"])
                        let error = try await chat.errorCode(first)
                        #expect(error == nil, "\(code)")
                    }
                }
                try await group.waitForAll()
            }
            try await maitre.faultsAreSpent()
            #expect(try await maitre.counter("graphRefused") == 5)
            #expect(try await maitre.simulator(.GET, "/sent/counts")["repeated"]?.members.isEmpty == true)
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("C3 I2.9: error 190 stops the channel with a reason; everything waits, and goes out in order once an operator has mended it")
    func stopped() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900010", at: 2)
            let other = try await maitre.open("447700900011", at: 2)
            let elsewhere = try await maitre.open("966500000012", at: 0)
            try await maitre.simulator(.PATCH, "/numbers/\(maitre.number(2))", json: #"{"tokenValid":false}"#)
            let one = try await chat.say("one")
            try await maitre.eventually("the channel is stopped") { try await maitre.channel(2)["status"]?.string == "stopped" }
            #expect(try await maitre.channel(2)["stoppedReason"]?.string?.hasPrefix("token_invalid") == true)
            #expect(try await maitre.channel(0)["status"]?.string == "active")
            let two = try await chat.say("two")
            let three = try await other.say("three")
            // What comes in is stored all the same, and other restaurants send.
            try await chat.writes(#"{"type":"text","text":{"body":"are you there?"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().last?["text"]?["body"]?.string == "are you there?" }
            try await elsewhere.reaches("read", try await elsewhere.say("unharmed"))
            for (message, of) in [(one, chat), (two, chat), (three, other)] { #expect(try await of.status(message) == "queued") }
            #expect(try await maitre.counter("graphRefused") == 1, "a stopped channel does not knock")
            let told = try await maitre.sql("select count(*)::text from app.events where type = 'bot_disconnected'")
            #expect(told == ["1"])

            try await maitre.simulator(.PATCH, "/numbers/\(maitre.number(2))", json: #"{"tokenValid":true}"#)
            let token = maitre.demo.merchants[2].channels[0].accessToken
            let mended = try await maitre.changeChannel(2, #"{"accessToken":"\#(token)","status":"active"}"#)
            #expect(mended.status == 200)
            #expect(try mended.json["status"]?.string == "active")
            #expect(try mended.json["stoppedReason"]?.isNull == true)
            // A stopped channel is looked at once a minute.
            try await maitre.hurry(until: "all went out") {
                let texts = try await (chat.sentTexts(), other.sentTexts())
                return texts.0.count == 2 && texts.1.count == 1
            }
            for (message, of) in [(one, chat), (two, chat), (three, other)] {
                try await of.reaches("read", message)
                #expect(try await of.times(message) == 1)
            }
            #expect(try await chat.sentTexts() == ["one", "two"])
        }
    }

    @Test("C3 I2.9: a mended channel sends within seconds, not at its next look a minute later")
    func mendedSoon() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900013", at: 2)
            _ = try await maitre.changeChannel(2, #"{"status":"stopped"}"#)
            let message = try await chat.say("soon")
            try await maitre.eventually("it waits for the channel") {
                try await maitre.sql(
                    """
                    select key from queue.lanes where key = '\(chat.id)' and lease is null and pending = 1
                        and ready_at > clock_timestamp() + interval '5 seconds'
                    """
                ).count == 1
            }
            #expect(try await chat.status(message) == "queued")
            _ = try await maitre.changeChannel(2, #"{"status":"active"}"#)
            try await chat.reaches("read", message, timeout: .seconds(10))
        }
    }

    @Test("C3 I2.9: final refusals fail with their code and let the next message pass")
    func final() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000020", at: 0)
            for code in [131_047, 131_026, 131_051, 100] {
                try await maitre.fault(#""kind":"error","code":\#(code),"next":1"#, at: 0)
                let refused = try await chat.say("refused \(code)")
                let next = try await chat.say("after \(code)")
                try await chat.reaches("failed", refused)
                #expect(try await chat.errorCode(refused) == "\(code)")
                try await chat.reaches("read", next)
                #expect(try await chat.times(refused) == 0)
                #expect(try await chat.times(next) == 1)
                #expect(try await chat.story(refused) == ["failed"])
            }
        }
    }

    @Test("C3 I2.9: what is refused again and again is given up after ten attempts with its code, and the next message passes")
    func givenUp() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000021", at: 0)
            try await maitre.fault(#""kind":"error","code":131016,"next":10"#, at: 0)
            let message = try await chat.say("never")
            let next = try await chat.say("next")
            try await maitre.hurry(until: "given up", timeout: .seconds(40)) { try await chat.status(message) == "failed" }
            #expect(try await chat.errorCode(message) == "131016")
            #expect(try await chat.times(message) == 0)
            try await chat.reaches("read", next)
            #expect(try await chat.times(next) == 1)
            try await maitre.faultsAreSpent()
        }
    }

    @Test("C3 I2.9: 'not before 24 hours' waits in a job of its own; the lane goes on; after a day it goes out once")
    func nextDay() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000030", at: 0)
            try await maitre.fault(#""kind":"error","code":131049,"next":1"#, at: 0)
            let held = try await chat.say("tomorrow")
            let next = try await chat.say("today")
            try await chat.reaches("read", next)
            #expect(try await chat.status(held) == "queued")
            #expect(try await chat.times(held) == 0)
            let due = try await maitre.sql(
                """
                select round(extract(epoch from due_at - now()) / 3600)::text from queue.jobs_delayed
                where kind = 'send' and args ->> 'message' = '\(held)'
                """
            )
            #expect(due == ["24"])
            _ = try await maitre.sql("update queue.jobs_delayed set due_at = now() where kind = 'send'")
            try await chat.reaches("read", held)
            #expect(try await chat.sentTexts() == ["today", "tomorrow"])
        }
    }

    @Test("B6 I2.9: refusals that come after a 200 as a status, and statuses that never come")
    func afterwards() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000031", at: 0)
            try await maitre.fault(#""kind":"failed","code":131026,"next":1"#, at: 0)
            let failed = try await chat.say("failed")
            try await chat.reaches("failed", failed)
            #expect(try await chat.errorCode(failed) == "131026")
            #expect(try await chat.find(failed)["timestamps"]?["failedAt"]?.string != nil)

            // Delivered is delivered: a failure that is told later does not undo it.
            try await maitre.fault(#""kind":"lateFailed","code":131026,"next":1"#, at: 0)
            let late = try await chat.say("late")
            try await chat.reaches("delivered", late)
            try await maitre.eventually("the late failure has arrived") {
                try await maitre.sql(
                    "select id::text from inbox.updates where position('\"failed\"'::bytea in payload) > 0"
                ).count == 2
            }
            try await maitre.drained()
            #expect(try await chat.status(late) == "delivered")

            // Read implies delivered.
            try await maitre.fault(#""kind":"missingDelivered","next":1"#, at: 0)
            let read = try await chat.say("read")
            try await chat.reaches("read", read)
            let times = try await chat.find(read)["timestamps"]
            #expect(times?["deliveredAt"]?.string != nil)
            #expect(times?["readAt"]?.string != nil)
            try await maitre.faultsAreSpent()

            try await maitre.simulator(.PATCH, "/customers/966500000031", json: #"{"reachable":false}"#)
            let unreachable = try await chat.say("unreachable")
            try await chat.reaches("failed", unreachable)
            #expect(try await chat.errorCode(unreachable) == "131026")
            for message in [failed, late, read, unreachable] { #expect(try await chat.times(message) == 1) }
        }
    }

    @Test(
        "C3: a provider that cannot be reached fails no request and loses nothing; when it is back, everything goes out once and in order"
    )
    func unreachable() async throws {
        try await withMigratedDatabase { database in
            let closed = try await Installation.freePort()
            let demo = Kept<DemoFile>()
            let messages = Kept<[String]>()
            try await Installation.run(on: database, configure: { $0.graphURL = "http://127.0.0.1:\(closed)/graph/v24.0" }) { maitre in
                demo.value = maitre.demo
                try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: "966500000032", at: 0)
                try await maitre.eventually("stored and answered") {
                    try await maitre.conversations(0).first?["lastSequence"]?.int == 2
                }
                let id = try #require(try await maitre.conversations(0).first?["id"]?.string)
                try await maitre.eventually("tried") {
                    try await maitre.sql("select coalesce(last_error, '') from queue.lanes where key = '\(id)' and attempt > 0").first?
                        .isEmpty == false
                }
                let chat = Chat(maitre: maitre, index: 0, customer: "966500000032", id: id, first: "")
                // Nobody has taken over yet, so it is the bot's greeting that is tried.
                try await maitre.hurry(until: "tried again") {
                    try await maitre.sql("select attempt::text from queue.lanes where key = '\(id)' and attempt >= 2").count == 1
                }
                let sent = [try await chat.say("one"), try await chat.say("two")]
                for message in sent { #expect(try await chat.status(message) == "queued") }
                messages.value = sent
            }
            let sent = try #require(messages.value)
            try await Installation.run(on: database, known: demo.value) { maitre in
                let id = try #require(try await maitre.conversations(0).first?["id"]?.string)
                let chat = Chat(maitre: maitre, index: 0, customer: "966500000032", id: id, first: "")
                try await maitre.hurry(until: "both went out") { try await chat.sentTexts().count == 2 }
                for message in sent {
                    try await chat.reaches("read", message)
                    #expect(try await chat.times(message) == 1)
                }
                #expect(try await chat.sentTexts() == ["one", "two"])
            }
        }
    }
}

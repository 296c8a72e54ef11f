import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// Sends whose answer was lost: never repeated by us, settled by a status or by time (design 4.5).
@Suite(.serialized)
struct UnknownOutcomeTests {
    /// Statuses come late enough for `unconfirmed` to be seen.
    private static func lateStatuses(_ simulation: inout SimulatorConfiguration) {
        simulation.delays.sent = .milliseconds(2000)
        simulation.delays.delivered = .milliseconds(2050)
        simulation.delays.read = .milliseconds(2100)
        simulation.delays.heldRequest = .milliseconds(150)
    }

    private static let silence = [
        #""kind":"missingSent","next":1"#, #""kind":"missingDelivered","next":1"#, #""kind":"missingRead","next":1"#,
    ]

    @Test("C3 I2.9: a taken message whose answer is lost is unconfirmed, then settled by its status, and never sent twice")
    func settledByStatus() async throws {
        try await Installation.run(adjust: Self.lateStatuses, configure: { $0.settleAfter = .seconds(20) }) { maitre in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, fault) in [#""kind":"timeout""#, #""kind":"close""#, #""kind":"serverError","accepted":true"#].enumerated() {
                    group.addTask {
                        let chat = try await maitre.open("96650000020\(index)", at: index)
                        try await maitre.fault(fault + #","next":1"#, at: index)
                        let message = try await chat.say("lost")
                        try await chat.reaches("read", message)
                        let times = try await chat.times(message)
                        #expect(times == 1, "\(fault)")
                        let found = try await chat.find(message)
                        #expect(found["providerMessageId"]?.string?.hasPrefix("wamid.") == true, "learnt from the status")
                        #expect(found["error"] == nil)
                        let story = try await chat.story(message)
                        #expect(story == ["unconfirmed", "sent", "delivered", "read"], "\(fault)")
                    }
                }
                try await group.waitForAll()
            }
            try await maitre.faultsAreSpent()
            #expect(try await maitre.simulator(.GET, "/sent/counts")["repeated"]?.members.isEmpty == true)
            // Counted once although it was settled by a status.
            #expect(try await maitre.sql("select count(*)::text from app.usage_events where metric = 'message_outbound'") == ["6"])
        }
    }

    @Test("C3 I2.9: without any status an unknown outcome fails after its time; it was sent at most once, and a later status still counts")
    func settledByTime() async throws {
        try await Installation.run(
            adjust: Self.lateStatuses,
            configure: { $0.settleAfter = .seconds(2) }
        ) { maitre in
            let silent = try await maitre.open("447700900200", at: 2)
            let untaken = try await maitre.open("966500000210", at: 0)
            let broken = try await maitre.open("6281200000211", at: 1)
            for rule in Self.silence + [#""kind":"timeout","next":1"#] { try await maitre.fault(rule, at: 2) }
            try await maitre.fault(#""kind":"timeout","accepted":false,"next":1"#, at: 0)
            try await maitre.fault(#""kind":"serverError","status":503,"next":1"#, at: 1)
            let cases = [(silent, 1), (untaken, 0), (broken, 0)]
            var messages: [String] = []
            for (chat, _) in cases { messages.append(try await chat.say("anybody?")) }
            for (message, (chat, taken)) in zip(messages, cases) {
                try await chat.reaches("failed", message)
                #expect(try await chat.errorCode(message) == "unknown_outcome")
                #expect(try await chat.times(message) == taken)
                #expect(try await chat.story(message) == ["unconfirmed", "failed"])
            }
            try await maitre.faultsAreSpent()
            try await silent.tell("delivered", of: messages[0])
            try await silent.reaches("delivered", messages[0])
            #expect(try await silent.errorCode(messages[0]) == nil)
            // Nothing of this holds the conversation up for ever.
            try await untaken.reaches("read", try await untaken.say("again"), timeout: .seconds(45))
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("C3 I2.9: the next message waits for an unconfirmed one, goes out once that is settled, and after 30 s in any case")
    func nextWaits() async throws {
        try await Installation.run(adjust: Self.lateStatuses) { maitre in
            let settled = try await maitre.open("447700900220", at: 2)
            let patient = try await maitre.open("966500000221", at: 0)
            for index in [0, 2] {
                for rule in Self.silence + [#""kind":"close","next":1"#] { try await maitre.fault(rule, at: index) }
            }
            let lost = (try await settled.say("lost"), try await patient.say("lost"))
            let next = (try await settled.say("next"), try await patient.say("next"))
            try await settled.reaches("unconfirmed", lost.0)
            try await patient.reaches("unconfirmed", lost.1)
            try await Task.sleep(for: .seconds(2))
            #expect(try await settled.status(next.0) == "queued")
            #expect(try await patient.status(next.1) == "queued")
            #expect(try await settled.status(lost.0) == "unconfirmed")
            try await maitre.faultsAreSpent()

            try await settled.tell("sent", of: lost.0)
            try await settled.reaches("read", next.0)
            #expect(try await settled.status(lost.0) == "sent")
            // Half a minute passes for the other one.
            _ = try await maitre.sql("update app.messages set sending_at = sending_at - interval '31 seconds' where id = '\(lost.1)'")
            try await patient.reaches("read", next.1)
            #expect(try await patient.status(lost.1) == "unconfirmed")
            for chat in [settled, patient] { #expect(try await chat.sentTexts() == ["lost", "next"]) }
        }
    }

    @Test("C3 I2.9: what a worker left behind between the call and its answer is unconfirmed, not sent again, and settled")
    func deadWorker() async throws {
        try await Installation.run(configure: { $0.settleAfter = .seconds(2) }) { maitre in
            let chat = try await maitre.open("447700900225", at: 2)
            try await maitre.fault(#""kind":"error","code":131057,"next":1"#, at: 2)
            let message = try await chat.say("on its way?")
            try await maitre.eventually("it waits") {
                try await maitre.sql("select coalesce(last_error, '') from queue.lanes where key = '\(chat.id)'").first?.hasPrefix("131057")
                    == true
            }
            // As a worker leaves it that was killed after the call.
            _ = try await maitre.sql("update app.messages set status = 'sending', sending_at = now() where id = '\(message)'")
            try await maitre.hurry(until: "found") { try await chat.status(message) != "sending" }
            #expect(try await ["unconfirmed", "failed"].contains(chat.status(message)))
            try await chat.reaches("failed", message)
            #expect(try await chat.errorCode(message) == "unknown_outcome")
            #expect(try await chat.story(message) == ["unconfirmed", "failed"])
            #expect(try await chat.times(message) == 0)
            try await chat.reaches("read", try await chat.say("next"))
        }
    }

    @Test("C3 I2.9: a slow answer is waited for; one that never comes is given up at the provider time-out, and the message not repeated")
    func slow() async throws {
        try await Installation.run(
            adjust: { simulation in
                Self.lateStatuses(&simulation)
                simulation.delays.sent = .milliseconds(3600)
                simulation.delays.delivered = .milliseconds(3650)
                simulation.delays.read = .milliseconds(3700)
                simulation.delays.heldRequest = .seconds(30)
            },
            configure: { $0.providerTimeout = .milliseconds(2500) }
        ) { maitre in
            let chat = try await maitre.open("447700900230", at: 2)
            let other = try await maitre.open("966500000231", at: 0)
            try await maitre.fault(#""kind":"slow","milliseconds":600,"next":1"#, at: 2)
            try await maitre.fault(#""kind":"timeout","next":1"#, at: 0)
            let slow = try await chat.say("slow")
            let endless = try await other.say("endless")
            #expect(try await ["queued", "sending"].contains(chat.status(slow)))
            for (message, of) in [(slow, chat), (endless, other)] {
                try await of.reaches("read", message)
                #expect(try await of.times(message) == 1)
            }
            #expect(try await chat.story(slow) == ["sent", "delivered", "read"])
            #expect(try await other.story(endless) == ["unconfirmed", "sent", "delivered", "read"])
        }
    }

    @Test("B6 I2.7: statuses that come before the answer to the send move the message on, and the late answer does not move it back")
    func statusFirst() async throws {
        try await Installation.run(
            adjust: { simulation in
                simulation.delays.sent = .milliseconds(10)
                simulation.delays.delivered = .milliseconds(20)
                simulation.delays.read = .milliseconds(30)
                simulation.delays.heldRequest = .seconds(3)
            },
            configure: { $0.settleAfter = .seconds(1) }
        ) { maitre in
            let chat = try await maitre.open("447700900240", at: 2)
            try await maitre.fault(#""kind":"timeout","next":1"#, at: 2)
            let message = try await chat.say("read before it was answered")
            let next = try await chat.say("next")
            try await chat.reaches("read", message)
            #expect(try await chat.times(next) == 0, "the first is still being sent")
            try await chat.reaches("read", next)
            try await maitre.drained()
            // The time to settle passes too.
            try await maitre.eventually("no delayed job is left") {
                try await maitre.sql("select count(*)::text from queue.jobs_delayed") == ["0"]
            }
            try await maitre.drained()
            #expect(try await chat.status(message) == "read")
            #expect(try await chat.story(message) == ["sent", "delivered", "read"])
            #expect(try await chat.times(message) == 1)
        }
    }
}

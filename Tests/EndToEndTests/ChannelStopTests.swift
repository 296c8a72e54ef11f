import Core
import Testing

@testable import Simulator
@testable import maitre

/// What stops a channel without being the answer to a send.
@Suite(.serialized)
struct ChannelStopTests {
    @Test("I2.9: an error that comes as a status stops the channel with its reason; mended, it sends again at once")
    func byStatus() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900401", at: 2)
            try await maitre.fault(#""kind":"failed","code":131042,"next":1"#, at: 2)
            let unpaid = try await chat.say("unpaid")
            try await chat.reaches("failed", unpaid)
            #expect(try await chat.errorCode(unpaid) == "131042")
            try await maitre.eventually("the channel is stopped") { try await maitre.channel(2)["status"]?.string == "stopped" }
            #expect(try await maitre.channel(2)["stoppedReason"]?.string?.hasPrefix("payment_problem") == true)
            #expect(
                try await maitre.sql("select data ->> 'reason' from app.events where type = 'bot_disconnected'").first?
                    .hasPrefix("payment_problem") == true
            )
            let waiting = try await chat.say("waiting")
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await chat.status(waiting) == "queued")
            #expect(try await maitre.changeChannel(2, #"{"status":"active"}"#).status == 200)
            try await chat.reaches("read", waiting, timeout: .seconds(10))
        }
    }

    @Test("I2.9: a rejection that belongs to an old token does not stop the channel that was mended meanwhile; nothing is lost by it")
    func lateRejection() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700900402", at: 2)
            try await maitre.fault(#""kind":"slow","milliseconds":1500,"next":1"#, at: 2)
            try await maitre.fault(#""kind":"error","code":190,"next":1"#, at: 2)
            let message = try await chat.say("judged by the old token")
            try await chat.reaches("sending", message)
            #expect(try await maitre.changeChannel(2, #"{"status":"active"}"#).status == 200)
            try await maitre.faultsAreSpent()
            try await maitre.eventually("the rejection is recorded") { try await chat.status(message) == "queued" }
            #expect(try await maitre.channel(2)["status"]?.string == "active")
            try await maitre.hurry(until: "it goes out") { try await chat.times(message) == 1 }
            try await chat.reaches("read", message)
            #expect(try await maitre.sql("select id::text from app.events where type = 'bot_disconnected'").isEmpty)
        }
    }
}

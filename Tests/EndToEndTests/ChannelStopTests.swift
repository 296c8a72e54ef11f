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
}

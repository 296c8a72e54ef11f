import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// WhatsApp's limits are kept from our side, so that it never has to refuse (providers.md A13).
@Suite(.serialized)
struct PacingTests {
    @Test("I2.9: more messages to one customer than may go at once wait for their time; WhatsApp refuses none")
    func pair() async throws {
        try await Installation.run { maitre in
            // WhatsApp counts when a message arrives: this one a second after it was sent.
            try await maitre.fault(#""kind":"slow","milliseconds":1000,"next":1"#, at: 2)
            let chat = try await maitre.open("447700900900", at: 2)
            // The greeting was the first of 45 that may go at once; then one each 6 seconds.
            var messages: [String] = []
            for number in 1...46 { messages.append(try await chat.say("\(number)")) }
            // Another customer does not wait for this one.
            let other = try await maitre.open("447700900901", at: 2)
            try await other.reaches("read", try await other.say("hi"))
            try await chat.reaches("read", messages[45], timeout: .seconds(30))
            #expect(try await maitre.counter("graphRefused") == 0)
            #expect(try await chat.sentTexts() == (1...46).map { "\($0)" })
            let at = try await chat.sent().compactMap { $0["at"]?.int }
            try #require(at.count == 47)
            #expect(at[45] - at[0] >= 4900)
            #expect(at[46] - at[0] >= 10_900)
        }
    }

    @Test("I2.9: a number sends no faster than its channel may, whatever many customers at once ask for; WhatsApp refuses none")
    func number() async throws {
        try await Installation.run(adjust: { $0.limits.throughputPerSecond = 5 }) { maitre in
            #expect(try await maitre.changeChannel(2, #"{"messagesPerSecond":5}"#).status == 200)
            let start = Timestamp.now
            for number in 0..<20 {
                try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: "4477009009\(20 + number)", at: 2)
            }
            // Another restaurant's number has its own pace.
            _ = try await maitre.greet("966500000902", at: 0)
            try await maitre.eventually("all are greeted", timeout: .seconds(40)) {
                try await maitre.simulator(.GET, "/sent?phoneNumberId=\(maitre.number(2))&limit=100")["messages"]?.elements.count == 20
            }
            let seconds = Double((Timestamp.now - start).microseconds) / 1_000_000
            #expect(seconds < 15, "paced, not stuck: \(seconds)")
            let at =
                try await maitre.simulator(.GET, "/sent?phoneNumberId=\(maitre.number(2))&limit=100")["messages"]?.elements
                .compactMap { $0["at"]?.int } ?? []
            // In any second at most the rate, and one that was on the way already.
            for first in at { #expect(at.count { $0 >= first && $0 < first + 1000 } <= 6) }
            #expect(at[19] - at[0] >= 3500)
            #expect(try await maitre.counter("graphRefused") == 0)
        }
    }

    @Test("I2.9: a number that has much to send uses its pace, instead of waiting longer than it must")
    func full() async throws {
        try await Installation.run { maitre in
            #expect(try await maitre.changeChannel(2, #"{"messagesPerSecond":40}"#).status == 200)
            let number = maitre.number(2)
            let updates = (0..<120).map { customer in
                #"{"phoneNumberId":"\#(number)","customer":"44770091\#(1000 + customer)","message":{"type":"text","text":{"body":"hello"}}}"#
            }
            try await maitre.simulator(.POST, "/batches", json: #"{"updates":[\#(updates.joined(separator: ","))]}"#)
            try await maitre.eventually("all are greeted", timeout: .seconds(40)) {
                try await maitre.simulator(.GET, "/sent?phoneNumberId=\(number)&limit=200")["messages"]?.elements.count == 120
            }
            let at =
                try await maitre.simulator(.GET, "/sent?phoneNumberId=\(number)&limit=200")["messages"]?.elements
                .compactMap { $0["at"]?.int } ?? []
            // 3 seconds at its pace.
            #expect(at[119] - at[0] >= 2800)
            #expect(at[119] - at[0] <= 8000)
            #expect(try await maitre.counter("graphRefused") == 0)
        }
    }
}

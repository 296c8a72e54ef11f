import API
import Core
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import maitre

/// H4: a client that was away misses nothing and gets nothing twice.
@Suite("Realtime resume")
struct RealtimeResumeTests {
    private func numbers(_ messages: [JSONElement], _ marker: String) -> [Int64] {
        messages.filter { $0["data"]?["type"]?.string == marker }.compactMap { $0["data"]?["sequence"]?.int }
    }

    @Test("Resume in the address and as the first message: everything missed, in order, then what happens; no gap, nothing twice")
    func resume() async throws {
        try await Installation.run { maitre in
            let first = try await maitre.live(0)
            _ = try await first.next("connected")
            try await maitre.burst(3, at: 0, marker: "before")
            // Written at once, they come in the order of their ids, which is not that of their numbers.
            var seen: [JSONElement] = []
            while seen.count < 3 { seen.append(try await first.next("an event") { $0["data"]?["type"]?.string == "before" }) }
            #expect(Set(numbers(seen, "before")).count == 3)
            let position = try #require(seen.last?["position"]?.string)
            await first.close()
            for number in 0..<700 where number % 100 == 0 { try await maitre.burst(100, at: 0, marker: "missed \(number)") }

            let byAddress = try await maitre.live(0, query: "?position=\(position)")
            #expect(try await byAddress.next()["type"]?.string == "connected")
            let byMessage = try await maitre.live(0)
            #expect(try await byMessage.next()["type"]?.string == "connected")
            await byMessage.say(#"{"type":"resume","position":"\#(position)","id":"r"}"#)
            // Something happens while they catch up.
            try await maitre.burst(5, at: 0, marker: "meanwhile")
            for live in [byAddress, byMessage] {
                let resumed = try await live.next()
                #expect(resumed["type"]?.string == "resumed" && resumed["resumed"]?.bool == true)
                var messages: [JSONElement] = []
                while messages.count < 705 { messages.append(try await live.next("an event") { $0["position"] != nil }) }
                #expect(numbers(messages, "before").isEmpty)
                let ids = messages.compactMap { $0["id"]?.string }
                let positions = messages.compactMap { $0["position"]?.string }
                #expect(Set(positions).count == 705)
                #expect(ids.count == 705)
                for number in stride(from: 0, to: 700, by: 100) {
                    #expect(Set(numbers(messages, "missed \(number)")).count == 100)
                }
                #expect(Set(numbers(messages.suffix(5), "meanwhile")).count == 5)
                let stored = try await maitre.sql(
                    "select data->>'type' from app.events where data->>'sender' = 'phone' and data->>'type' <> 'before' order by xid, id"
                )
                #expect(messages.compactMap { $0["data"]?["type"]?.string } == stored)
            }
            // A position that is already passed: nothing to send.
            await byMessage.say(#"{"type":"resume","position":"\#(position)","id":"again"}"#)
            let again = try await byMessage.next("resumed")
            #expect(again["resumed"]?.bool == true)
            #expect(await byMessage.all(seconds: 0.5).filter { $0["position"] != nil && $0["type"]?.string != "resumed" }.isEmpty)
        }
    }

    @Test("A client that lost its connection before any event resumes from the position of its first frame")
    func fromConnected() async throws {
        try await Installation.run { maitre in
            let first = try await maitre.live(0)
            let position = try #require(try await first.next("connected")["position"]?.string)
            await first.close()
            try await maitre.burst(2, at: 0, marker: "missed")
            let second = try await maitre.live(0, query: "?position=\(position)")
            _ = try await second.next("resumed")
            #expect(try await second.next("the first") { $0["data"]?["type"]?.string == "missed" }["type"]?.string == "message_sent")
        }
    }

    @Test("A resume that comes late still gives everything once")
    func late() async throws {
        try await Installation.run { maitre in
            let first = try await maitre.live(0)
            let position = try #require(try await first.next("connected")["position"]?.string)
            await first.close()
            try await maitre.burst(10, at: 0, marker: "missed")
            let second = try await maitre.live(0)
            _ = try await second.next("connected")
            try await Task.sleep(for: .milliseconds(700))
            try await maitre.burst(1, at: 0, marker: "live")
            _ = try await second.next("live") { $0["data"]?["type"]?.string == "live" }
            await second.say(#"{"type":"resume","position":"\#(position)"}"#)
            #expect(try await second.next("resumed")["resumed"]?.bool == true)
            let rest = await second.all(seconds: 1)
            #expect(Set(numbers(rest, "missed")).count == 10)
            #expect(numbers(rest, "missed").count == 10)
            #expect(numbers(rest, "live").isEmpty)
        }
    }

    @Test(
        "A position that is not known is resumed: false, and nothing but what happens from now on",
        arguments: ["nonsense", String(repeating: "A", count: 43), String(repeating: "_", count: 43)]
    )
    func gone(position: String) async throws {
        try await Installation.run { maitre in
            try await maitre.burst(5, at: 0, marker: "old")
            let live = try await maitre.live(0, query: "?position=\(position)")
            #expect(try await live.next()["type"]?.string == "connected")
            let resumed = try await live.next()
            #expect(resumed["resumed"]?.bool == false)
            #expect(resumed["position"]?.string?.isEmpty == false)
            try await maitre.burst(1, at: 0, marker: "new")
            let messages = await live.all(seconds: 1.5)
            #expect(numbers(messages, "old").isEmpty)
            #expect(numbers(messages, "new") == [1])
        }
    }

    @Test("More at once than a subscriber is kept: read again from the database, nothing lost, nobody cut off")
    func overflow() async throws {
        try await Installation.run { maitre in
            let live = try await maitre.live(0)
            _ = try await live.next("connected")
            try await Task.sleep(for: .milliseconds(600))
            for number in 0..<5 { try await maitre.burst(900, at: 0, marker: "burst \(number)", bytes: 300) }
            var messages: [JSONElement] = []
            while messages.count < 4500 { messages.append(try await live.next("an event") { $0["position"] != nil }) }
            #expect(Set(messages.compactMap { $0["position"]?.string }).count == 4500)
            for number in 0..<5 { #expect(numbers(messages, "burst \(number)").count == 900) }
        }
    }

    @Test("A reader that never reads is closed 4408 and can resume; others on the same stream get everything meanwhile")
    func slow() async throws {
        try await Installation.run(configure: { $0.realtime.limits.close = .seconds(15) }) { maitre in
            let slow = try await maitre.live(0)
            let position = try #require(try await slow.next("connected")["position"]?.string)
            let quick = try await maitre.live(0)
            _ = try await quick.next("connected")
            try await Task.sleep(for: .milliseconds(600))
            try await slow.socket.setReading(false)
            let counting = Task {
                var count = 0
                while count < 6000 { if try await quick.next("an event", where: { $0["position"] != nil })["data"] != nil { count += 1 } }
                return count
            }
            // The buffers of both sockets take a few megabytes.
            for number in 0..<60 {
                try await maitre.burst(100, at: 0, marker: "\(number)", bytes: 4000)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await counting.value == 6000)
            try await slow.socket.setReading(true)
            let last = await slow.socket.frames(seconds: 15)
            #expect(last.last?.code == 4408)
            await slow.close()
            let read = last.filter { $0.opcode == 1 }.count
            #expect(read < 6000)
            let again = try await maitre.live(0, query: "?position=\(position)")
            #expect(try await again.next("resumed")["resumed"]?.bool == true)
            var count = 0
            while count < 6000 { if try await again.next("an event", where: { $0["position"] != nil })["data"] != nil { count += 1 } }
            await again.close()
            try await maitre.forgetBursts()
        }
    }
}

import Core
import Foundation
import Jobs
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Events

@Suite("The hub", .serialized)
struct HubTests {
    @Test("A2: a watcher gets its own merchant's events and not one of another")
    func isolation() async throws {
        try await EventsFixture.run(merchants: 3) { fixture in
            try await fixture.withNode { node in
                let start = try await node.hub.end()
                try await collecting(node.hub.subscribe(fixture.merchants[0])) { received in
                    for number in 0..<60 { try await fixture.append(number, to: fixture.merchants[number % 3], through: node) }
                    try await fixture.append(1000, to: fixture.merchants[0], through: node)
                    try await received.wait("the last") { $0.numbers.last == 1000 }
                    let expected: [Int] = Array(stride(from: 0, to: 60, by: 3)) + [1000]
                    #expect(received.numbers == expected)
                    #expect(received.events.allSatisfy { $0.merchant == fixture.merchants[0] })
                }
                for merchant in fixture.merchants {
                    guard case .events(let events) = try await node.hub.replay(merchant, after: start, limit: 40) else {
                        Issue.record("the replay is gone")
                        return
                    }
                    #expect(Set(events.map(\.merchant)) == [merchant])
                    #expect(events.count == (merchant == fixture.merchants[0] ? 21 : 20))
                }
            }
        }
    }

    @Test("H4: a client that comes back in the middle of a storm misses nothing and gets nothing twice, wherever the seam falls")
    func seam() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { writer in
                try await fixture.withNode { node in
                    let start = try await node.hub.end()
                    let (merchant, total) = (fixture.merchant, 1200)
                    let writing = Task {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for lane in 0..<4 {
                                group.addTask {
                                    for number in stride(from: lane, to: total, by: 4) {
                                        try await fixture.append(number, to: merchant, through: writer)
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                    }
                    // Many times away and back, with the last position, as a client on a bad line.
                    var seen: [PublishedEvent] = []
                    var position = start
                    var rounds = 0
                    while seen.count < total {
                        rounds += 1
                        let subscription = node.hub.subscribe(merchant)
                        guard case .events(let missed) = try await node.hub.replay(merchant, after: position, limit: 5000) else {
                            Issue.record("gone")
                            return
                        }
                        func take(_ events: [PublishedEvent]) {
                            for event in events where event.position > position {
                                seen.append(event)
                                position = event.position
                            }
                        }
                        take(missed)
                        // The last one may have come while it was away: then nothing comes any more.
                        guard seen.count < total else { break }
                        let wanted = min(total, seen.count + Int.random(in: 1...60))
                        // What was missed may have been the last of it.
                        var deliveries = subscription.makeAsyncIterator()
                        while seen.count < wanted, let delivery = try await deliveries.next() {
                            if case .events(let events) = delivery { take(events) }
                        }
                        if seen.count < total { try await Task.sleep(for: .milliseconds(Int.random(in: 0...30))) }
                    }
                    try await writing.value
                    #expect(rounds > 1)
                    #expect(seen.count == total)
                    #expect(Set(seen.map(\.number)) == Set(0..<total))
                }
            }
        }
    }

    @Test("H4: who takes nothing is cut off, the others notice nothing, and it can come back; nobody who is gone is kept")
    func overflow() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                let start = try await node.hub.end()
                let slow = node.hub.subscribe(fixture.merchant, limits: .init(events: 20, bytes: 1 << 20))
                let heavy = node.hub.subscribe(fixture.merchant, limits: .init(events: 1000, bytes: 300))
                try await collecting(node.hub.subscribe(fixture.merchant)) { received in
                    // One by one: what is committed together is delivered together, and one delivery may be larger than the limits.
                    for number in 0..<40 {
                        try await fixture.append(number, to: fixture.merchant, through: node)
                        try await received.wait("number \(number)") { $0.events.count == number + 1 }
                    }
                    for subscription in [slow, heavy] {
                        await #expect(throws: EventSubscriptionEnd.overflowed) {
                            for try await _ in subscription {}
                        }
                    }
                    #expect(node.hub.subscriptionCount == 1)
                }
                guard case .events(let events) = try await node.hub.replay(fixture.merchant, after: start, limit: 100) else {
                    Issue.record("gone")
                    return
                }
                #expect(events.map(\.number) == Array(0..<40))
                // All or nothing: one more than may be is none.
                guard case .gone = try await node.hub.replay(fixture.merchant, after: start, limit: 39) else {
                    Issue.record("a part was replayed")
                    return
                }
                var forgotten: EventSubscription? = node.hub.subscribe(fixture.merchants[1])
                let before = node.hub.subscriptionCount
                #expect(forgotten != nil)
                forgotten = nil
                #expect(node.hub.subscriptionCount == before - 1)
            }
        }
    }

    @Test("A node that was cut off from the database catches up where it was")
    func cutOff() async throws {
        try await EventsFixture.run { fixture in
            let proxy = try TestProxy(to: fixture.database.url(role: "maitre_platform"))
            defer { proxy.stop() }
            let through: @Sendable (String) -> String = { url in url.contains("maitre_platform") ? proxy.proxiedURL : url }
            try await fixture.withNode { writer in
                try await fixture.withNode(url: through) { node in
                    _ = try await node.hub.end()
                    try await collecting(node.hub.subscribe(fixture.merchant, limits: .generous)) { received in
                        try await fixture.append(0, to: fixture.merchant, through: writer)
                        try await received.wait("the first") { $0.events.count == 1 }
                        for round in 1...3 {
                            // Connections break and none can be made; in the second round they only fall silent.
                            proxy.change { behaviour in
                                if round == 2 { behaviour.holdsAnswers = true } else { behaviour.refuses = true }
                            }
                            if round != 2 { proxy.cut() }
                            for number in 0..<20 { try await fixture.append(round * 100 + number, to: fixture.merchant, through: writer) }
                            try await Task.sleep(for: .milliseconds(300))
                            #expect(received.events.count == 1 + (round - 1) * 20)
                            proxy.change { behaviour in
                                behaviour.holdsAnswers = false
                                behaviour.refuses = false
                            }
                            try await received.wait("round \(round)") { $0.events.count == 1 + round * 20 }
                        }
                        let expected: [Int] = [0] + Array(100..<120) + Array(200..<220) + Array(300..<320)
                        #expect(received.numbers == expected)
                    }
                }
            }
        }
    }

    @Test("What is worth nothing later reaches the watchers of every node once, and is dropped before anything else")
    func ephemeral() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { one in
                try await fixture.withNode { other in
                    _ = (try await one.hub.end(), try await other.hub.end())
                    let conversation = ConversationID.new()
                    func event(_ text: String) -> EphemeralEvent {
                        EphemeralEvent(
                            merchant: fixture.merchant,
                            type: "typing",
                            conversation: conversation,
                            data: .init(#"{"t":"\#(text)"}"#)
                        )
                    }
                    try await collecting(one.hub.subscribe(fixture.merchant)) { here in
                        try await collecting(other.hub.subscribe(fixture.merchant)) { there in
                            try await collecting(other.hub.subscribe(fixture.merchants[1])) { elsewhere in
                                // Until the other node listens.
                                for _ in 0..<500 where there.ephemeral.isEmpty {
                                    one.hub.broadcast(event("first"))
                                    try await Task.sleep(for: .milliseconds(20))
                                }
                                try #require(!there.ephemeral.isEmpty)
                                let last = event(#"\u0000 \n line\\ "#.replacing(#"\u0000"#, with: "ü"))
                                one.hub.broadcast(last)
                                try await there.wait("the last") { $0.ephemeral.last == last }
                                #expect(here.ephemeral.last == last)
                                let ids = there.ephemeral.map(\.id)
                                #expect(Set(ids).count == ids.count)
                                #expect(Set(here.ephemeral.map(\.id)).count == here.ephemeral.count)
                                #expect(elsewhere.ephemeral.isEmpty)
                                #expect(try await fixture.sql("select count(*)::text from app.events") == ["0"])
                            }
                        }
                    }
                    // A reader that takes nothing: a thousand of these neither end it nor cost it an event.
                    let idle = one.hub.subscribe(fixture.merchant, limits: .init(events: 10, bytes: 1 << 20))
                    for _ in 0..<1000 { one.hub.broadcast(event("more")) }
                    for number in 0..<5 { try await fixture.append(number, to: fixture.merchant, through: one) }
                    try await collecting(idle) { received in
                        try await received.wait("its events") { $0.events.count == 5 }
                        #expect(received.ephemeral.count == 5)
                    }
                }
            }
        }
    }

    @Test("A subscription ends with the hub, and one that is made afterwards at once")
    func shutdown() async throws {
        try await EventsFixture.run { fixture in
            let (subscription, hub) = try await fixture.withNode { node in
                _ = try await node.hub.end()
                return (node.hub.subscribe(fixture.merchant), node.hub)
            }
            for try await _ in subscription {}
            for try await _ in hub.subscribe(fixture.merchant) {}
            #expect(hub.subscriptionCount == 0)
        }
    }

    @Test("Nobody watches, nothing is read: however often the bell rings, only the position moves, and rarely")
    func idle() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { writer in
                try await fixture.withNode(configuration: .init(pollInterval: .seconds(40))) { node in
                    _ = try await node.hub.end()
                    let before = node.platformClient.statistics.segments
                    for number in 0..<200 { try await fixture.append(number, to: fixture.merchant, through: writer) }
                    #expect(node.platformClient.statistics.segments <= before + 1)
                    // The first one who watches gets what comes.
                    try await collecting(node.hub.subscribe(fixture.merchant)) { received in
                        try await fixture.append(1000, to: fixture.merchant, through: node)
                        try await received.wait("it") { $0.numbers.last == 1000 }
                    }
                }
            }
        }
    }
}

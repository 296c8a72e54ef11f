import Core
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import maitre

/// H4 with two nodes on one database: it does not matter which of them a client reaches.
@Suite("Realtime on two nodes")
struct RealtimeNodesTests {
    private func twoNodes(_ body: @Sendable @escaping (Installation, Installation) async throws -> Void) async throws {
        try await Installation.run { one in
            try await Installation.run(
                on: one.database,
                known: one.demo,
                outside: one.meta,
                configure: { $0.graphURL = "\(one.baseURL)/graph/v24.0" }
            ) { two in try await body(one, two) }
        }
    }

    @Test("Events and typing reach sockets of both nodes; a ticket of one opens a socket of the other; a revocation ends both")
    func both() async throws {
        try await twoNodes { one, two in
            let chat = try await one.open("966500000820", at: 0)
            let here = try await one.live(0)
            let ticket = try await one.ticket(0)
            let there = try await two.live("/api/v1/realtime?ticket=\(ticket)")
            for live in [here, there] { _ = try await live.next("connected") }
            #expect(try await one.upgrade("/api/v1/realtime?ticket=\(ticket)").head.hasPrefix("HTTP/1.1 401 "))
            try await chat.setMode("paused")
            func isPaused(_ message: JSONElement) -> Bool { message["data"]?["mode"]?.string == "paused" }
            let first = try await here.next("the change", where: isPaused)
            let second = try await there.next("the change", where: isPaused)
            #expect(first["id"]?.string == second["id"]?.string)
            #expect(first["position"]?.string == second["position"]?.string)
            await here.say(#"{"type":"typing_started","conversationId":"\#(chat.id)"}"#)
            #expect(try await there.next("typing_started")["conversationId"]?.string == chat.id)
            _ = try await one.sql(
                """
                with gone as (delete from platform.memberships where merchant_id = '\(one.demo.merchants[0].restaurantId)' returning 1)
                select count(*)::text from gone
                """
            )
            let start = ContinuousClock.now
            #expect(await here.closeCode(seconds: 2) == 4403)
            #expect(await there.closeCode(seconds: 2) == 4403)
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test("Twenty clients lose their node under load and go on at the other one: each has had every event once, in order")
    func moving() async throws {
        try await Installation.run { one in
            let keeper = Keeper()
            try await Installation.run(
                on: one.database,
                known: one.demo,
                outside: one.meta,
                configure: { $0.graphURL = "\(one.baseURL)/graph/v24.0" }
            ) { two in
                for _ in 0..<19 {
                    let live = try await two.live(0)
                    await keeper.add(live, try #require(try await live.next("connected")["position"]?.string))
                }
                for number in 0..<20 { try await one.burst(10, at: 0, marker: "\(number)") }
            }
            // The second node is gone; nobody read what it had sent until now.
            for number in 20..<40 { try await one.burst(10, at: 0, marker: "\(number)") }
            let stored = try await one.sql("select id::text from app.events where data->>'sender' = 'phone' order by xid, id")
            #expect(stored.count == 400)
            let everything = try await one.live(0, query: "?position=\(await keeper.all[0].position)")
            var positions: [String] = []
            while positions.count < 400 {
                positions.append(
                    try await everything.next("an event") { $0["data"]?["sender"]?.string == "phone" }["position"]?.string ?? ""
                )
            }
            await everything.close()
            for (live, start) in await keeper.all {
                var ids: [String] = []
                var position = start
                while let frame = await live.socket.frame(seconds: 1), frame.opcode != 8 {
                    guard frame.opcode == 1, let message = try? JSONDocument(parsing: frame.payload).root,
                        message["data"]?["sender"]?.string == "phone"
                    else {
                        continue
                    }
                    position = message["position"]?.string ?? ""
                    ids.append(position)
                }
                let again = try await one.live(0, query: "?position=\(position)")
                #expect(try await again.next("resumed")["resumed"]?.bool == true)
                #expect(ids.count < 400)
                while ids.count < 400 {
                    ids.append(try await again.next("an event") { $0["data"]?["sender"]?.string == "phone" }["position"]?.string ?? "")
                }
                #expect(Set(ids).count == 400)
                #expect(ids == positions)
                #expect(await again.all(seconds: 0.2).filter { $0["data"]?["sender"]?.string == "phone" }.isEmpty)
                await again.close()
            }
        }
    }
}

private actor Keeper {
    private(set) var all: [(live: LiveSocket, position: String)] = []
    func add(_ live: LiveSocket, _ position: String) { all.append((live, position)) }
}

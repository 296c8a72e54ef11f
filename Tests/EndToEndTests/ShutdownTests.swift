import Core
import NIOHTTP1
import TestSupport
import Testing

@testable import Simulator
@testable import maitre

/// A node that is stopped while it works (I2.12).
@Suite(.serialized)
struct ShutdownTests {
    private static let customers = 30
    private static let rounds = 10

    @Test("B9 I2.12: a node that stops gracefully under load loses and doubles nothing; the next one goes on where it ended")
    func underLoad() async throws {
        let port = try await Installation.freePort()
        try await Installation.run(
            adjust: { simulation in
                // WhatsApp lives on while Maitre comes and goes.
                simulation.callbackURL = "http://127.0.0.1:\(port)/webhooks/meta"
                simulation.delays.webhookRetries = [.zero, .milliseconds(250)]
                simulation.delays.webhookTimeout = .seconds(5)
                // There are always some sends whose answer has not come yet.
                simulation.faults = [FaultRule(.slow, probability: 0.5, milliseconds: 400)]
            },
            // Its own workers work on nothing.
            configure: { $0.concurrency = 0 }
        ) { outer in
            let graphURL = outer.baseURL + "/graph/v24.0"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.pour(into: outer) }
                // Three nodes one after the other; the first two end in the middle of it.
                for life in 1...3 {
                    try await Installation.run(
                        on: outer.database,
                        port: port,
                        known: outer.demo,
                        outside: outer.meta,
                        configure: { $0.graphURL = graphURL }
                    ) { inner in
                        if life == 3 { return try await Self.allIsThere(inner) }
                        try await Task.sleep(for: .milliseconds(900))
                        let stored = try await inner.sql("select count(*)::text from app.messages where direction = 'inbound'")
                        #expect(stored != ["\(Self.customers * Self.rounds)"], "it ends before everything has come")
                    }
                }
                try await group.waitForAll()
            }
            try await Self.check(outer)
        }
    }

    /// Customers write, each in order, while nodes come and go.
    private static func pour(into outer: Installation) async throws {
        for round in 0..<rounds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for customer in 0..<customers {
                    group.addTask {
                        try await outer.receive(
                            #"{"type":"text","text":{"body":"m\#(round)"}}"#,
                            from: "96650000\(1000 + customer)",
                            at: customer % 3
                        )
                    }
                }
                try await group.waitForAll()
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func allIsThere(_ inner: Installation) async throws {
        try await inner.eventually("every message is stored", timeout: .seconds(60)) {
            try await inner.sql("select count(*)::text from app.messages where direction = 'inbound'") == ["\(customers * rounds)"]
        }
        try await inner.eventually("every answer is read", timeout: .seconds(60)) {
            try await inner.sql("select count(*)::text from app.messages where direction = 'outbound' and status <> 'read'") == ["0"]
        }
        try await inner.drained()
    }

    private static func check(_ outer: Installation) async throws {
        // Each once and in the order in which it arrived, which a refused webhook changes.
        let stored = try await outer.sql(
            """
            select k.wa_id || ' ' || string_agg(m.content ->> 'body', ',' order by m.sequence)
            from app.messages m join app.contacts k on k.merchant_id = m.merchant_id and k.id = m.contact_id
            where m.direction = 'inbound' group by k.wa_id order by k.wa_id
            """
        )
        let arrived = try await outer.sql(
            """
            select customer || ' ' || string_agg(body, ',' order by received_at, place) from (
                select convert_from(payload, 'UTF8')::jsonb #>> '{message,from}' customer,
                    convert_from(payload, 'UTF8')::jsonb #>> '{message,text,body}' body, received_at, ctid place
                from inbox.updates where kind = 'message') arrived
            group by customer order by customer
            """
        )
        #expect(stored.count == customers)
        #expect(stored == arrived)
        for conversation in stored {
            let bodies = conversation.split(separator: " ")[1].split(separator: ",").map(String.init)
            #expect(bodies.sorted() == (0..<rounds).map { "m\($0)" }, "\(conversation)")
        }
        let total = customers * rounds
        #expect(try await outer.sql("select count(*)::text from app.messages where direction = 'outbound'") == ["\(total)"])
        #expect(try await outer.sql("select count(*)::text from app.usage_events where metric = 'message_inbound'") == ["\(total)"])
        #expect(try await outer.sql("select count(*)::text from app.usage_events where metric = 'message_outbound'") == ["\(total)"])
        let counts = try await outer.simulator(.GET, "/sent/counts?counts=false")
        #expect(counts["total"]?.int == Int64(total))
        #expect(counts["distinct"]?.int == Int64(total))
        #expect(counts["repeated"]?.members.isEmpty == true)
        // A node that stops waits for its sends: none of them has an unknown outcome.
        #expect(
            try await outer.sql("select data ->> 'messageId' from app.events where data ->> 'status' = 'unconfirmed'").isEmpty
        )
        #expect(try await outer.deadLetters().isEmpty)
        #expect(try await outer.simulator(.GET, "/state")["counters"]?["webhooksDropped"]?.int == 0)
    }
}

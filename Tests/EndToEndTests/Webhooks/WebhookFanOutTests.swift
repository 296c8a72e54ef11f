import Core
import Events
import Foundation
import NIOCore
import NIOHTTP1
import Postgres
import TestSupport
import Testing

@testable import maitre

/// H3: every event becomes one delivery for each endpoint that wants it, whoever works, dies or is slow.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct WebhookFanOutTests {
    @Test(
        "H3: two nodes at once, transactions that commit late or never: one delivery for each committed event and endpoint, nothing of another restaurant"
    )
    func twoNodes() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { outer in
            let graphURL = outer.baseURL + "/graph/v24.0"
            try await Installation.run(
                on: outer.database,
                known: outer.demo,
                outside: outer.meta,
                configure: {
                    $0.testWebhooks()
                    $0.graphURL = graphURL
                }
            ) { inner in
                try await HookReceiver.run { receiver in
                    for index in 0...1 {
                        for number in 0...2 { _ = try await inner.endpoint(index, receiver.url("/\(index)/\(number)")) }
                    }
                    _ = try await inner.endpoint(0, receiver.url("/0/few"), types: ["bot_connected"])
                    let url = outer.database.database.url
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for writer in 0..<8 {
                            group.addTask {
                                var random = SplitMix64(seed: UInt64(writer))
                                for round in 0..<15 {
                                    let merchant = outer.demo.merchants[writer % 2].restaurantId
                                    let type = round % 5 == 0 ? "bot_connected" : "conversation_updated"
                                    let isAborted = Int.random(in: 0..<6, using: &random) == 0
                                    try await PostgresScript.run(
                                        """
                                        begin;
                                        insert into app.events (merchant_id, id, type, data)
                                        select '\(merchant)', app.uuid_v7(), '\(type)', '{"mark": "\(isAborted ? "aborted" : "m\(writer % 2)")"}' from generate_series(1, 3);
                                        select pg_sleep(\(Double.random(in: 0...0.06, using: &random)));
                                        \(isAborted ? "rollback" : "commit");
                                        """,
                                        url: url
                                    )
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    // Not what the demo's own bots told before there were endpoints.
                    let expected = try await inner.sql("select merchant_id || ' ' || id from app.events where data ? 'mark'")
                    let few = try await inner.sql(
                        "select id::text from app.events where type = 'bot_connected' and data ? 'mark' and merchant_id = '\(inner.demo.merchants[0].restaurantId)'"
                    )
                    try await inner.eventually("everything is told", timeout: .seconds(60)) {
                        try await inner.sql("select count(*)::text from app.webhook_deliveries where state = 'delivered'") == [
                            "\(expected.count * 3 + few.count)"
                        ]
                    }
                    try await inner.drained()
                    for index in 0...1 {
                        let own = expected.filter { $0.hasPrefix(inner.demo.merchants[index].restaurantId) }.map {
                            String($0.dropFirst(37))
                        }.sorted()
                        #expect(!own.isEmpty)
                        for number in 0...2 {
                            let hooks = receiver.hooks(at: "/\(index)/\(number)")
                            // Each once: no worker died here.
                            #expect(hooks.map(\.id).sorted() == own, "\(index)/\(number)")
                            #expect(hooks.allSatisfy { $0.text.contains(#""m\#(index)""#) })
                        }
                    }
                    #expect(receiver.hooks(at: "/0/few").map(\.id).sorted() == few.sorted())
                    #expect(try await inner.deadLetters().isEmpty)
                }
            }
        }
    }

    @Test("H3: what a worker had taken when it was killed is sent by the next one, with the same id; nothing is lost or made twice")
    func killedWorker() async throws {
        try await HookReceiver.run { receiver in
            // Its own workers take nothing.
            try await Installation.run(configure: {
                $0.testWebhooks()
                $0.concurrency = 0
                $0.webhooks.concurrency = 0
            }) { outer in
                _ = try await outer.endpoint(0, receiver.url())
                try await outer.happen(at: 0, count: 12)
                // A dead worker's leases: of the fan-out first, then, when that was done by somebody else, of some deliveries.
                func takeAndDie() async throws -> Int {
                    try await outer.eventually("there is something to take") {
                        try await outer.sql("select coalesce(sum(pending), 0)::text from queue.lanes where queue = 'webhook_delivery'") != [
                            "0"
                        ]
                    }
                    return try await outer.sql("select id::text from queue.claim('webhook_delivery', 4, interval '2 seconds')").count
                }
                #expect(try await takeAndDie() == 1)
                #expect(try await outer.sql("select count(*)::text from app.webhook_deliveries") == ["0"])
                let graphURL = outer.baseURL + "/graph/v24.0"
                func work(_ body: @Sendable @escaping (Installation) async throws -> Void) async throws {
                    try await Installation.run(
                        on: outer.database,
                        known: outer.demo,
                        outside: outer.meta,
                        configure: {
                            $0.testWebhooks()
                            $0.graphURL = graphURL
                        },
                        body
                    )
                }
                // The receiver is away, so that deliveries wait in their lanes for a second try when the first node ends.
                receiver.answer { _, _ in .init(status: 500) }
                try await work { inner in
                    try await inner.eventually("they were tried") {
                        try await inner.sql("select count(*)::text from app.webhook_deliveries where attempts > 0") == ["12"]
                    }
                }
                #expect(try await outer.sql("select count(*)::text from app.webhook_deliveries") == ["12"])
                _ = try await outer.sql("with x as (update queue.jobs_delayed set due_at = now() returning 1) select ''")
                #expect(try await takeAndDie() > 0)
                receiver.answer { _, _ in .init() }
                try await work { inner in
                    try await inner.eventually("all are delivered", timeout: .seconds(40)) {
                        try await inner.sql("select count(*)::text from app.webhook_deliveries where state = 'delivered'") == ["12"]
                    }
                    try await inner.drained()
                }
                let events = try await outer.sql("select id::text from app.events where type = 'conversation_updated'")
                #expect(Set(receiver.hooks.map(\.id)) == Set(events))
                #expect(try await outer.sql("select count(*)::text from app.webhook_deliveries") == ["12"])
            }
        }
    }

    @Test("H3: a fan-out that runs twice, and a cursor that starts again after a restore, make no delivery a second time")
    func twice() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run { receiver in
                _ = try await maitre.endpoint(0, receiver.url())
                try await maitre.happen(at: 0, count: 10)
                try await maitre.eventually("all are told") { receiver.hooks.count == 10 }
                try await maitre.drained()
                // As after a restore: what the cursor says is of another life of the database.
                _ = try await maitre.sql(
                    "with x as (update platform.webhook_cursor set epoch = -1, xid = '9000000000000' returning 1) select ''"
                )
                try await maitre.happen(at: 0, count: 5)
                try await maitre.eventually("what is new is told") { Set(receiver.hooks.map(\.id)).count == 15 }
                try await maitre.drained()
                try await maitre.eventually("the cursor goes on") {
                    try await maitre.sql("select (c.epoch = s.epoch)::text from platform.webhook_cursor c, platform.event_stream s") == [
                        "true"
                    ]
                }
                #expect(receiver.hooks.count == 15)
                #expect(try await maitre.sql("select count(*)::text from app.webhook_deliveries") == ["15"])
            }
        }
    }

    @Test("H3: an endpoint that never answers slows no other: not another restaurant's, not one of its own")
    func slowNeighbour() async throws {
        try await Installation.run(configure: { configuration in
            configuration.testWebhooks {
                $0.timeout = .seconds(3)
                $0.slowAfter = .milliseconds(500)
                // Few, so that a dead endpoint could take them all.
                $0.concurrency = 12
                $0.schedule.delays = Array(repeating: .seconds(1), count: 9)
            }
        }) { maitre in
            try await HookReceiver.run({ hook, _ in hook.path == "/dead" ? .init(delay: .seconds(30)) : .init() }) { receiver in
                _ = try await maitre.endpoint(0, receiver.url("/quick"))
                _ = try await maitre.endpoint(1, receiver.url("/neighbour"))
                /// The 95th percentile of the time from the commit to the request, in milliseconds.
                func p95(_ mark: String) async throws -> Double {
                    var sent: [String: ContinuousClock.Instant] = [:]
                    for round in 0..<30 {
                        for index in 0...1 {
                            try await maitre.happen(at: index, mark: "\(mark)\(round)")
                            sent["\(index) \(mark)\(round)"] = .now
                        }
                        try await Task.sleep(for: .milliseconds(40))
                    }
                    var delays: [Double] = []
                    for (path, index) in [("/quick", 0), ("/neighbour", 1)] {
                        try await maitre.eventually("they are told", timeout: .seconds(20)) {
                            receiver.hooks(at: path).count { $0.text.contains("\"\(mark)") } == 30
                        }
                        for hook in receiver.hooks(at: path) {
                            guard let start = sent["\(index) \(try hook.json["data"]?["mark"]?.string ?? "")"] else { continue }
                            delays.append(Double((hook.at - start).microseconds) / 1000)
                        }
                    }
                    return delays.sorted()[delays.count * 95 / 100]
                }
                let before = try await p95("before")
                // The same restaurant gets two dead ones, with much to deliver.
                _ = try await maitre.endpoint(0, receiver.url("/dead"))
                _ = try await maitre.endpoint(0, receiver.url("/dead"))
                try await maitre.happen(at: 0, count: 100)
                try await maitre.eventually("the dead ones are known") {
                    try await maitre.sql("select count(*)::text from app.webhook_endpoints where is_slow") == ["2"]
                }
                let after = try await p95("after")
                // A dead endpoint holds its workers for three seconds at a time; whoever waited for them would be seen here.
                #expect(after < before + 500, "\(before) ms before, \(after) ms after")
                // It is tried all the same.
                #expect(receiver.hooks(at: "/dead").count > 2)
            }
        }
    }
}

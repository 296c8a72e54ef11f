import Core
import Foundation
import NIOHTTP1
import Testing

@testable import maitre

/// H1 over HTTP: whoever runs the installation looks at the queues and tells them what to do.
@Suite struct QueueTests {
    /// Dead letters of a demo restaurant: of the queue of slow webhooks, whose worker ignores what is no webhook.
    private static func bury(_ number: Int, of index: Int, kind: String = "broken", in maitre: Installation) async throws -> [Int64] {
        let restaurant = maitre.demo.merchants[index].restaurantId
        return try await maitre.sql(
            """
            with added as (
                insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error, died_at)
                select 'maintenance', '\(restaurant)', 'k' || n, nextval('queue.jobs_id_seq'), '\(kind)', '{"n": 1, "payload": "00ff"}', 3, now(), 3,
                    'it broke <b>badly</b>', now() - n * interval '1 minute'
                from generate_series(1, \(number)) n returning id)
            select id::text from added order by id
            """
        ).compactMap { Int64($0) }
    }

    @Test("H1: the queues are counted by themselves, paused queues give nothing until they are resumed, and the work of before is shown")
    func queues() async throws {
        try await Installation.run { maitre in
            try await maitre.eventually("every queue was counted") {
                let queues = try await maitre.admin(.GET, "/jobs/queues").json["data"]?.elements ?? []
                return queues.count >= 5 && queues.allSatisfy { $0["measuredAt"]?.string != nil }
            }
            let paused = try await maitre.admin(.POST, "/jobs/queues/inbound/pause", headers: [("X-Request-Id", "pause-1")])
            #expect(try paused.status == 200 && paused.json["paused"]?.bool == true && paused.json["pausedAt"]?.string != nil)
            try await maitre.customer("966500000071", says: #"{"name":"Sara","message":{"type":"text","text":{"body":"hello"}}}"#, to: 0)
            try await maitre.eventually("the message waits") {
                let queue = try await maitre.admin(.GET, "/jobs/queues/inbound").json
                return queue["counts"]?["ready"]?.int == 1 && (queue["oldestReadySeconds"]?.double ?? 0) > 0
            }
            let job = try await maitre.sql("select id::text from queue.jobs where queue = 'inbound'")[0]
            let waiting = try await maitre.admin(.GET, "/jobs/\(job)").json
            #expect(waiting["state"]?.string == "ready" && waiting["queue"]?.string == "inbound")
            #expect(waiting["merchantId"]?.string == maitre.demo.merchants[0].restaurantId)
            #expect(try await maitre.conversations(0).isEmpty)

            let resumed = try await maitre.admin(.POST, "/jobs/queues/inbound/resume")
            #expect(try resumed.status == 200 && resumed.json["paused"]?.bool == false)
            try await maitre.eventually("the message was processed", timeout: .seconds(5)) { try await !maitre.conversations(0).isEmpty }
            try await maitre.eventually("its job is done") { try await maitre.admin(.GET, "/jobs/\(job)").json["state"]?.string == "done" }
            try await maitre.eventually("it is in the history") {
                let history = try await maitre.admin(.GET, "/jobs/queues/inbound").json["history"]?.elements ?? []
                return history.count == 60 && history.contains { ($0["done"]?.int ?? 0) > 0 }
            }
            #expect(try await maitre.admin(.GET, "/jobs/queues/none").status == 404)
            #expect(try await maitre.admin(.GET, "/jobs/queues/In%20bound").status == 404)
            #expect(try await maitre.admin(.POST, "/jobs/queues/none/pause").status == 404)
            for id in ["0", "-1", "9007199254740990", "99999999999999999999", "x", "1e3"] {
                #expect(try await maitre.admin(.GET, "/jobs/\(id)").status == 404)
            }
            let told = try await maitre.admin(.GET, "/audit-log?limit=2").json["data"]?.elements ?? []
            #expect(told.map { $0["action"]?.string } == ["queue.resumed", "queue.paused"])
            #expect(told[1]["requestId"]?.string == "pause-1" && told[1]["details"]?["queue"]?.string == "inbound")
            #expect(told[1]["actor"]?["kind"]?.string == "platform_key" && told[1]["merchantId"]?.isNull == true)
        }
    }

    @Test(
        "H1: dead letters are listed with their reason, by page and filter; one or many are replayed or thrown away, and the log says by whom"
    )
    func deadLetters() async throws {
        try await Installation.run { maitre in
            let ids = try await Self.bury(5, of: 0, in: maitre)
            let others = try await Self.bury(2, of: 1, kind: "other", in: maitre)
            let page = try await maitre.admin(.GET, "/jobs/dead-letters?queue=maintenance&kind=broken&limit=2").json
            let rows = page["data"]?.elements ?? []
            #expect(rows.compactMap { $0["id"]?.int } == Array(ids.prefix(2)))
            #expect(rows[0]["reason"]?.string == "it broke <b>badly</b>" && rows[0]["attempts"]?.int == 3 && rows[0]["key"]?.string == "k1")
            #expect(page["hasMore"]?.bool == true)
            let cursor = try #require(page["nextCursor"]?.string)
            let next = try await maitre.admin(.GET, "/jobs/dead-letters?queue=maintenance&kind=broken&limit=3&cursor=\(cursor)").json
            #expect((next["data"]?.elements ?? []).compactMap { $0["id"]?.int } == Array(ids.suffix(3)))
            #expect(next["nextCursor"]?.isNull == true)
            // A cursor belongs to its filters.
            let wrong = try await maitre.admin(.GET, "/jobs/dead-letters?queue=maintenance&cursor=\(cursor)")
            #expect(try wrong.status == 400 && wrong.json["code"]?.string == "invalid_cursor")
            let second = maitre.demo.merchants[1].restaurantId
            let ofSecond = try await maitre.admin(.GET, "/jobs/dead-letters?merchantId=\(second)").json["data"]?.elements ?? []
            #expect(ofSecond.compactMap { $0["id"]?.int } == others)
            #expect(try await maitre.admin(.GET, "/jobs/dead-letters?merchantId=x&from=y&limit=0").json["errors"]?.elements.count == 3)

            let job = try await maitre.admin(.GET, "/jobs/\(ids[0])").json
            #expect(job["state"]?.string == "dead" && job["arguments"]?.rawText == #"{"n": 1}"#)

            // Nobody works on this queue, so what is replayed stays where one can see it.
            let replayed = try await maitre.admin(.POST, "/jobs/dead-letters/\(ids[0])/replay")
            #expect(try replayed.status == 202 && replayed.json["state"]?.string == "ready" && replayed.json["maxAttempts"]?.int == 3)
            #expect(try await maitre.admin(.POST, "/jobs/dead-letters/\(ids[0])/replay").status == 404)
            #expect(try await maitre.admin(.DELETE, "/jobs/dead-letters/\(ids[1])").status == 204)
            #expect(try await maitre.admin(.DELETE, "/jobs/dead-letters/\(ids[1])").status == 404)

            let some = try await maitre.admin(.POST, "/jobs/dead-letters/replay", json: #"{"queue":"maintenance","kind":"broken"}"#)
            #expect(try some.status == 202 && some.json["replayed"]?.int == 3 && some.json["hasMore"]?.bool == false)
            let rest = try await maitre.admin(
                .POST,
                "/jobs/dead-letters/discard",
                json: #"{"queue":"maintenance","merchantId":"\#(second)"}"#
            )
            #expect(try rest.status == 200 && rest.json["discarded"]?.int == 2)
            #expect(try await maitre.admin(.GET, "/jobs/dead-letters").json["data"]?.elements.isEmpty == true)
            #expect(try await maitre.sql("select count(*)::text from queue.jobs where queue = 'maintenance'") == ["4"])
            // Its copy of what the provider sent went along.
            #expect(try await maitre.sql("select distinct args ->> 'payload' from queue.jobs where queue = 'maintenance'") == ["00ff"])

            for body in ["{}", #"{"queue":"maintenance","everything":true}"#, #"{"queue":""}"#, #"{"queue":"maintenance","from":"x"}"#] {
                #expect(try await maitre.admin(.POST, "/jobs/dead-letters/discard", json: body).status == 422, "\(body)")
            }
            #expect(try await maitre.admin(.POST, "/jobs/dead-letters/replay", json: #"{"queue":"none"}"#).status == 404)

            let told = try await maitre.admin(.GET, "/audit-log?limit=4").json["data"]?.elements ?? []
            #expect(
                told.map { "\($0["action"]?.string ?? "") \($0["details"]?.rawText ?? "")" } == [
                    #"dead_letter.discarded {"count": 2, "queue": "maintenance"}"#,
                    #"dead_letter.replayed {"kind": "broken", "count": 3, "queue": "maintenance"}"#,
                    #"dead_letter.discarded {"job": \#(ids[1]), "kind": "broken", "queue": "maintenance"}"#,
                    #"dead_letter.replayed {"job": \#(ids[0]), "kind": "broken", "queue": "maintenance"}"#,
                ]
            )
            #expect(told[0]["merchantId"]?.string == second && told[1]["merchantId"]?.isNull == true)
        }
    }

    @Test("H1: the queues are the platform's: owners, keys of restaurants and nobody get nothing of them")
    func access() async throws {
        try await Installation.run { maitre in
            let ids = try await Self.bury(1, of: 0, in: maitre)
            let asked: [(HTTPMethod, String)] = [
                (.GET, "/jobs/queues"), (.GET, "/jobs/queues/inbound"), (.POST, "/jobs/queues/inbound/pause"),
                (.POST, "/jobs/queues/inbound/resume"),
                (.GET, "/jobs/dead-letters"), (.POST, "/jobs/dead-letters/\(ids[0])/replay"), (.DELETE, "/jobs/dead-letters/\(ids[0])"),
                (.GET, "/jobs/\(ids[0])"),
            ]
            for (method, path) in asked {
                #expect(try await maitre.owner(0, method, path).status == 403, "\(path)")
                #expect(try await maitre.request(method, "/api/v1" + path).status == 401, "\(path)")
            }
            #expect(try await maitre.sql("select count(*)::text from queue.jobs_dead") == ["1"])
            #expect(try await maitre.sql("select count(*)::text from queue.queues where paused") == ["0"])
        }
    }
}

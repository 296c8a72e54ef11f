import Core
import Foundation
import NIOHTTP1
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import maitre

/// B12 attacked: who is no outside bot of ours, or says something again, changes nothing.
@Suite("Attacks on the webhook of outside bots", .timeLimit(.minutes(3)))
struct OutsideBotAttackTests {
    /// What there is of a request's effects.
    private static let effects = """
        select (select count(*) from inbox.updates where provider = 'outside') || ' ' || (select count(*) from inbox.spent_signatures)
        """

    @Test(
        "J16, J18: no signature, a wrong one, another restaurant's, a changed body, an old or future timestamp: 401 before anything is read, and in the audit log"
    )
    func refused() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let other = try await OutsideBot.connect(maitre, at: 1, secret: "another-secret-of-another-restaurant")
            let body = OutsideBot.event("message_received", OutsideBot.text("hello", from: "+966500001210"))
            let now = OutsideBot.timestamp()
            let good = OutsideBot.sign(body, now, bot.secret)
            var changed = body
            changed[changed.count - 3] ^= 1
            let parsed = try JSONDocument(parsing: body).root
            let rewritten = Array(
                "{\"type\": \"message_received\", \"id\": \(parsed["id"]?.rawText ?? ""), \"timestamp\": \(parsed["timestamp"]?.rawText ?? ""), \"data\": \(parsed["data"]?.rawText ?? "")}"
                    .utf8
            )
            func code(_ answer: Answer) throws -> String {
                #expect(answer.headers["Content-Type"] == ["application/problem+json"])
                return "\(answer.status) \(try answer.json["code"]?.string ?? "")"
            }
            let invalid = "401 invalid_signature"
            let attempts: [(String, Answer)] = [
                (
                    "no signature",
                    try await maitre.request(
                        .POST,
                        "/webhooks/bot?channel=\(bot.channel)",
                        headers: [("X-Timestamp", now), ("Content-Type", "application/json")],
                        body: body
                    )
                ),
                (
                    "no timestamp",
                    try await maitre.request(
                        .POST,
                        "/webhooks/bot?channel=\(bot.channel)",
                        headers: [("X-Webhook-Signature", good), ("Content-Type", "application/json")],
                        body: body
                    )
                ),
                ("an empty signature", try await bot.post(body, timestamp: now, signature: "")),
                ("a prefix", try await bot.post(body, timestamp: now, signature: String(good.prefix(62)))),
                ("Meta's form", try await bot.post(body, timestamp: now, signature: "sha256=" + good)),
                ("the body alone", try await bot.post(body, timestamp: now, signature: OutsideBot.sign(body, "", bot.secret))),
                (
                    "the timestamp first",
                    try await bot.post(body, timestamp: now, signature: OutsideBot.sign(Array(now.utf8) + body, "", bot.secret))
                ),
                ("an empty secret", try await bot.post(body, timestamp: now, signature: OutsideBot.sign(body, now, ""))),
                (
                    "another restaurant's secret",
                    try await bot.post(body, timestamp: now, signature: OutsideBot.sign(body, now, other.secret))
                ),
                ("another restaurant's bot", try await bot.post(body, to: other.channel, timestamp: now)),
                ("one byte", try await bot.post(changed, timestamp: now, signature: good)),
                ("one space", try await bot.post(body + [0x20], timestamp: now, signature: good)),
                ("JSON written anew", try await bot.post(rewritten, timestamp: now, signature: good)),
                ("another timestamp", try await bot.post(body, timestamp: String((Int(now) ?? 0) + 1), signature: good)),
                ("seconds", try await bot.post(body, timestamp: String(now.dropLast(3)))),
                ("microseconds", try await bot.post(body, timestamp: now + "000")),
                ("what is no JSON", try await bot.post(Array("nonsense".utf8), timestamp: now, signature: good)),
            ]
            for (what, answer) in attempts {
                #expect(try code(answer) == invalid, "\(what)")
            }
            let expired = "401 signature_expired"
            #expect(try code(try await bot.post(body, timestamp: OutsideBot.timestamp(.seconds(301)))) == expired)
            #expect(try code(try await bot.post(body, timestamp: OutsideBot.timestamp(.seconds(600)))) == expired)
            #expect(try code(try await bot.post(body, timestamp: OutsideBot.timestamp(.seconds(-60)))) == expired)
            // Who cannot sign does not hear how old it is.
            #expect(try code(try await bot.post(body, timestamp: OutsideBot.timestamp(.seconds(600)), signature: good)) == invalid)
            for name in ["X-Webhook-Signature", "X-Timestamp"] {
                let twice = try await bot.post(body, timestamp: now, headers: [(name, name == "X-Timestamp" ? now : good)])
                #expect(try code(twice) == "400 repeated_header")
            }
            // A bot that there is, one that there is not, and a channel of Meta's are all the same.
            let meta = try #require(try await maitre.channel(0)["id"]?.string)
            var answers: Set<String> = []
            for channel in [bot.channel, UUID().uuidString.lowercased(), meta] {
                let answer = try await bot.post(
                    body,
                    to: channel,
                    timestamp: now,
                    signature: OutsideBot.sign(body, now, "guess"),
                    headers: [("X-Request-Id", "same")]
                )
                answers.insert("\(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
            }
            #expect(answers.count == 1)
            for query in ["", "?channel=", "?channel=x", "?channel=%00", "?channel=\(bot.channel)&channel=\(bot.channel)"] {
                let answer = try await maitre.request(
                    .POST,
                    "/webhooks/bot\(query)",
                    headers: [("X-Webhook-Signature", good), ("X-Timestamp", now), ("Content-Type", "application/json")],
                    body: body
                )
                #expect([400, 422].contains(answer.status), "\(query)")
            }
            #expect(try await maitre.sql(Self.effects) == ["0 0"])
            #expect(try await bot.post(body, timestamp: now, signature: good.uppercased()).status == 202, "and yet it was good")
            // What the bot's own secret has signed is in its restaurant's log, what a stranger sent in the installation's only.
            @Sendable func codes(_ answer: Answer) throws -> Set<String> {
                let entries = try answer.json["data"]?.elements ?? []
                return Set(entries.filter { $0["details"]?["route"]?.string == "POST /webhooks/bot" }.compactMap { $0["code"]?.string })
            }
            try await maitre.eventually("it is written down") {
                try codes(try await maitre.admin(.GET, "/audit-log?action=access.refused&limit=100")) == [
                    "invalid_signature", "signature_expired",
                ]
            }
            #expect(try codes(try await maitre.owner(0, .GET, "/audit-log?action=access.refused&limit=100")) == ["signature_expired"])
            #expect(try codes(try await maitre.owner(1, .GET, "/audit-log?action=access.refused&limit=100")) == [])
        }
    }

    @Test(
        "J17: the same request again, a hundred times at once and on another node, is stored once and refused with 409; sent again with another signature it is a duplicate"
    )
    func replay() async throws {
        try await Installation.run { one in
            try await Installation.run(
                on: one.database,
                known: one.demo,
                outside: one.meta,
                configure: { $0.graphURL = "\(one.baseURL)/graph/v24.0" }
            ) { two in
                let bot = try await OutsideBot.connect(one)
                let body = OutsideBot.event("message_received", OutsideBot.text("once", from: "+966500001220", id: "once"), id: "once")
                let now = OutsideBot.timestamp()
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for index in 0..<100 {
                        group.addTask { try await bot.post(body, timestamp: now, via: index.isMultiple(of: 2) ? one : two).status }
                    }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }
                }
                #expect(statuses.filter { $0 == 202 }.count == 1)
                #expect(statuses.filter { $0 == 409 }.count == 99)
                for node in [one, two] {
                    let refused = try await bot.post(body, timestamp: now, via: node)
                    #expect(refused.status == 409)
                    #expect(try refused.json["code"]?.string == "webhook_replayed")
                }
                // The same signature in other letters.
                let upper = OutsideBot.sign(body, now, bot.secret).uppercased()
                #expect(try await bot.post(body, timestamp: now, signature: upper, via: two).status == 409)
                // A bot that has got no answer signs anew.
                let again = try await bot.post(body, timestamp: OutsideBot.timestamp(.seconds(-1)), via: two)
                #expect(again.status == 202)
                #expect(try again.json["status"]?.string == "duplicate")
                // The same message as another event.
                try await bot.tell("message_received", OutsideBot.text("once", from: "+966500001220", id: "once"), id: "twice")
                try await one.drained()
                let id = try #require(try await one.conversation(of: "966500001220", at: 0)?["id"]?.string)
                #expect(try await one.messages(0, of: id).count == 1)
                #expect(try await one.deadLetters() == [])
                try await one.eventually("it is in the audit log") {
                    let entries = try await one.owner(0, .GET, "/audit-log?action=access.refused&limit=100").json["data"]?.elements ?? []
                    return entries.contains { $0["code"]?.string == "webhook_replayed" }
                }
            }
        }
    }

    @Test("J17: what one bot has signed is good for no other, even if both were given the same secret")
    func sameSecret() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let other = try await OutsideBot.connect(maitre, number: "+966500001231")
            let body = OutsideBot.event("bot_connected")
            let now = OutsideBot.timestamp()
            #expect(try await bot.post(body, timestamp: now).status == 202)
            #expect(try await bot.post(body, to: other.channel, timestamp: now).status == 409)
            try await maitre.drained()
            #expect(try await other.read()["status"]?.string == "stopped")
        }
    }

    @Test(
        "R1, P1: what is too long, not UTF-8, not JSON, compressed or of another type is refused without an effect, and may be sent again"
    )
    func bodies() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let long = OutsideBot.event("message_received", OutsideBot.text(String(repeating: "x", count: 3 << 20), from: "+966500001240"))
            #expect(try await bot.post(long).status == 413)
            // The longest text that a customer can write, in Arabic.
            let most = OutsideBot.event("message_received", OutsideBot.text(String(repeating: "ط", count: 65_536), from: "+966500001240"))
            #expect(try await bot.post(most).status == 202)
            let more = OutsideBot.event("message_received", OutsideBot.text(String(repeating: "x", count: 65_537), from: "+966500001240"))
            #expect(try await bot.post(more).status == 422)
            var broken = OutsideBot.event("message_received", OutsideBot.text("caf@", from: "+966500001240"))
            let at = try #require(broken.firstIndex(of: UInt8(ascii: "@")))
            broken[at] = 0xe9
            let cases: [([UInt8], Int, String)] = [
                (broken, 400, "malformed_json"), ([], 400, "malformed_json"), (Array("[]".utf8), 422, "validation_failed"),
                (Array(#"{"id":"a","id":"b"}"#.utf8), 400, "malformed_json"),
                (Array(String(repeating: "[", count: 100_000).utf8), 400, "malformed_json"),
                (OutsideBot.event("bot_exploded"), 422, "validation_failed"),
                (OutsideBot.event("bot_connected", at: .now - .seconds(8 * 86_400)), 422, "validation_failed"),
            ]
            for (body, status, code) in cases {
                let now = OutsideBot.timestamp()
                for _ in 1...2 {
                    let answer = try await bot.post(body, timestamp: now)
                    #expect(answer.status == status)
                    #expect(try answer.json["code"]?.string == code)
                }
            }
            let body = OutsideBot.event("bot_connected")
            let now = OutsideBot.timestamp()
            let signed = [("X-Webhook-Signature", OutsideBot.sign(body, now, bot.secret)), ("X-Timestamp", now)]
            let path = "/webhooks/bot?channel=\(bot.channel)"
            #expect(try await maitre.request(.POST, path, headers: signed + [("Content-Type", "text/plain")], body: body).status == 415)
            #expect(
                try await maitre.request(
                    .POST,
                    path,
                    headers: signed + [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
                    body: body
                ).status == 415
            )
            #expect(try await maitre.request(.GET, path, headers: signed).status == 405)
            #expect(try await maitre.sql(Self.effects) == ["1 1"])
            try await maitre.drained()
            let id = try #require(try await maitre.conversation(of: "966500001240", at: 0)?["id"]?.string)
            #expect(try await maitre.messages(0, of: id).map { $0["text"]?["body"]?.string?.count } == [65_536])
        }
    }

    @Test(
        "B12: what could not be stored spends no signature: the same request is good when the database works again, and its job is done once"
    )
    func failure() async throws {
        try await Installation.run { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let body = OutsideBot.event("message_received", OutsideBot.text("again", from: "+966500001250"))
            let now = OutsideBot.timestamp()
            try await PostgresScript.run("alter table inbox.updates rename to updates_gone", url: maitre.database.database.url)
            let failed = try await bot.post(body, timestamp: now)
            #expect(failed.status == 500)
            try await PostgresScript.run("alter table inbox.updates_gone rename to updates", url: maitre.database.database.url)
            #expect(try await bot.post(body, timestamp: now).status == 202)
            #expect(try await bot.post(body, timestamp: now).status == 409)
            try await maitre.drained()
            let id = try #require(try await maitre.conversation(of: "966500001250", at: 0)?["id"]?.string)
            #expect(try await maitre.messages(0, of: id).count == 1)
        }
    }

    @Test("A1: what one restaurant's bot tells is that restaurant's only, whatever it names")
    func others() async throws {
        try await Installation.run { maitre in
            let mine = try await OutsideBot.connect(maitre)
            let other = try await OutsideBot.connect(maitre, at: 1, secret: "another-secret-of-another-restaurant")
            try await mine.tell("message_received", OutsideBot.text("mine", from: "+966500001260", id: "same"))
            try await mine.tell("message_sent", OutsideBot.text("reply", from: "+966500001260", id: "sent"))
            try await maitre.drained()
            // The same customer, the same ids of messages and of events, another restaurant.
            try await other.tell("message_received", OutsideBot.text("theirs", from: "+966500001260", id: "same"))
            try await other.tell("message_status_changed", #"{"messageId":"sent","contact":{"phone":"+966500001260"},"status":"failed"}"#)
            try await other.tell(
                "message_sent",
                #"{"messageId":"r","contact":{"phone":"+966500001260"},"type":"reaction","reaction":{"messageId":"same","emoji":"x"}}"#
            )
            try await maitre.drained()
            let id = try #require(try await maitre.conversation(of: "966500001260", at: 0)?["id"]?.string)
            let messages = try await maitre.messages(0, of: id)
            #expect(messages.map { $0["text"]?["body"]?.string } == ["mine", "reply"])
            #expect(messages.map { $0["status"]?.string } == ["received", "sent"])
            #expect(messages[0]["reactions"] == nil)
            let theirs = try #require(try await maitre.conversation(of: "966500001260", at: 1)?["id"]?.string)
            #expect(try await maitre.messages(1, of: theirs).map { $0["type"]?.string } == ["text", "reaction"])
            #expect(try await maitre.owner(1, .GET, mine.path).status == 404)
        }
    }

    @Test("A9: what a bot tells counts as its restaurant's requests; what is refused for that is not spent, and strangers use up nothing")
    func rates() async throws {
        try await Installation.run(configure: { $0.rateLimits = RateLimits(merchant: 6, window: .seconds(3)) }) { maitre in
            let bot = try await OutsideBot.connect(maitre)
            let stranger = try await OutsideBot.connect(maitre, at: 1)
            for _ in 0..<20 {
                let body = OutsideBot.event("bot_connected")
                #expect(
                    try await stranger.post(body, to: bot.channel, signature: OutsideBot.sign(body, OutsideBot.timestamp(), "guess")).status
                        == 401
                )
            }
            var refused: (body: [UInt8], timestamp: String, answer: Answer)?
            // Windows end while this runs; sooner or later seven fall into one.
            for _ in 0..<200 where refused == nil {
                let (body, timestamp) = (OutsideBot.event("bot_connected"), OutsideBot.timestamp())
                let answer = try await bot.post(body, timestamp: timestamp)
                if answer.status != 202 { refused = (body, timestamp, answer) }
            }
            let (body, timestamp, answer) = try #require(refused)
            #expect(answer.status == 429)
            #expect(try answer.json["code"]?.string == "rate_limited")
            let wait = try #require(answer.headers.first(name: "Retry-After").flatMap { Int64($0) })
            try await Task.sleep(for: .seconds(wait))
            #expect(try await bot.post(body, timestamp: timestamp).status == 202)
        }
    }
}

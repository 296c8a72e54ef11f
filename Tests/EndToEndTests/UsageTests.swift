import Core
import Foundation
import NIOHTTP1
import Tenancy
import Testing

@testable import Simulator
@testable import maitre

/// What restaurants use and may use, over HTTP.
@Suite(.serialized)
struct UsageTests {
    @Test("I1 I2 L1: the restaurant's own record, everybody's for the platform, and one with six months, under both bases")
    func shapes() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[2].restaurantId
            let before = try await maitre.owner(2, .GET, "/usage").json
            #expect(before["lastConversationAt"]?.isNull == true && before["firstActivity"]?.isNull == true)
            #expect(before["lastActivity"]?.isNull == true && before["isActive"]?.bool == false)

            _ = try await maitre.greet("447700901000", at: 2)
            try await maitre.drained()
            let own = try await maitre.owner(2, .GET, "/usage")
            #expect(own.status == 200)
            let record = try own.json
            #expect(
                record.members.map(\.key) == [
                    "restaurantId", "restaurantName", "conversationsThisMonth", "lastConversationAt", "allowance", "firstActivity",
                    "lastActivity",
                    "isActive",
                ]
            )
            #expect(record["restaurantId"]?.string == restaurant)
            #expect(record["restaurantName"]?.string == maitre.demo.merchants[2].name)
            #expect(record["conversationsThisMonth"]?.int == 1)
            #expect(record["isActive"]?.bool == true)
            let opened = try #require(record["lastConversationAt"]?.string)
            #expect(opened.hasSuffix("Z") && record["firstActivity"]?.string == opened)
            #expect(try #require(record["lastActivity"]?.string) > opened, "the bot's answer came later")
            let allowance = try #require(record["allowance"])
            #expect(allowance.members.map(\.key) == ["dailyLimit", "dailyRemaining", "monthlyLimit", "monthlyRemaining"])
            #expect(allowance.members.map(\.value.int) == [1000, 999, 30_000, 29_999])

            // The same for the unversioned path of older clients, a platform key that selects the restaurant, and a key of its own.
            let pat = maitre.demo.merchants[2].pat
            let merchantKey = try await maitre.merchantKey(at: 2)
            for answer in [
                try await maitre.request(.GET, "/api/usage", token: pat, restaurant: restaurant),
                try await maitre.platform(.GET, "/usage", restaurant: restaurant),
                try await maitre.request(.GET, "/api/v1/usage", headers: [("X-API-Key", merchantKey)]),
            ] { #expect(answer.body == own.body) }

            let page = try await maitre.platform(.GET, "/usage?limit=2&offset=1").json
            #expect(page.members.map(\.key) == ["data", "pagination"])
            #expect(page["data"]?.elements.map { $0["restaurantId"]?.string } == maitre.demo.merchants[1...2].map(\.restaurantId))
            #expect(page["data"]?.elements.last?["conversationsThisMonth"]?.int == 1)
            #expect(page["pagination"]?.members.map(\.key) == ["total", "limit", "offset", "hasMore"])
            #expect(page["pagination"]?["total"]?.int == 3 && page["pagination"]?["hasMore"]?.bool == false)
            let all = try await maitre.platform(.GET, "/usage?limit=1000").json["pagination"]
            #expect(all?["limit"]?.int == 100 && all?["offset"]?.int == 0)
            #expect(try await maitre.platform(.GET, "/usage").json["pagination"]?["limit"]?.int == 20)
            #expect(try await maitre.platform(.GET, "/usage?limit=1").json["pagination"]?["hasMore"]?.bool == true)
            #expect(try await maitre.platform(.GET, "/usage?limit=0").status == 422)

            let one = try await maitre.platform(.GET, "/usage/\(restaurant)").json
            #expect(one.members.map(\.key) == record.members.map(\.key) + ["history"])
            let history = try #require(one["history"]?.elements)
            #expect(history.count == 6)
            #expect(history[0].members.map(\.key) == ["month", "year", "conversationCount", "lastConversationAt"])
            #expect(history.map { $0["conversationCount"]?.int } == [1, 0, 0, 0, 0, 0])
            #expect(history[0]["lastConversationAt"]?.string == record["lastConversationAt"]?.string)
            #expect(history[1]["lastConversationAt"]?.isNull == true)
            #expect(try await maitre.platform(.GET, "/usage/\(MerchantID.new())").status == 404)

            // Who may not.
            #expect(try await maitre.owner(2, .GET, "/usage/\(restaurant)").status == 403)
            #expect(try await maitre.request(.GET, "/api/v1/usage/\(restaurant)", headers: [("X-API-Key", merchantKey)]).status == 403)
            #expect(try await maitre.request(.GET, "/api/v1/usage", token: pat).json["code"]?.string == "restaurant_required")
            #expect(try await maitre.request(.GET, "/api/v1/usage").status == 401)
            #expect(try await maitre.owner(2, .PUT, "/allowances/\(restaurant)", json: Self.limits()).status == 403)

            // Adding up changes no answer.
            try await maitre.eventually("the workers add up") {
                try await maitre.sql("select count(*)::text from app.usage_events where not rolled_up") == ["0"]
            }
            #expect(try await maitre.owner(2, .GET, "/usage").body == own.body)
        }
    }

    @Test("I3: at the end of the day's allowance the bot is silent, what comes in is stored, people may answer, and a key gets 402")
    func day() async throws {
        try await Installation.run { maitre in
            try await maitre.allow(daily: 2, at: 2)
            let served = try await maitre.greet("447700901100", at: 2)
            _ = try await maitre.greet("447700901101", at: 2)
            let silent = try await maitre.unanswered("447700901102", at: 2)
            #expect(try await silent.conversation()["mode"]?.string == "bot")
            // Who wants a person gets one, although the bot cannot say so.
            try await served.writes(#"{"type":"text","text":{"body":"human"}}"#)
            try await maitre.eventually("a person is wanted") { try await served.conversation()["mode"]?.string == "agent" }
            try await maitre.drained()
            #expect(try await served.messages().count == 3)

            let reply = try await silent.say("Ellen here")
            try await silent.reaches("read", reply)
            let refused = try await maitre.sendWithKey(in: silent.id, at: 2)
            #expect(refused.status == 402)
            #expect(refused.headers["Content-Type"] == ["application/problem+json"])
            let problem = try refused.json
            #expect(problem["code"]?.string == "allowance_exhausted")
            let zone = try await maitre.sql(
                "select time_zone from platform.merchants where id = '\(maitre.demo.merchants[2].restaurantId)'"
            )[0]
            let midnight = try await maitre.sql(
                """
                select to_char(((now() at time zone '\(zone)')::date + 1)::timestamp at time zone '\(zone)' at time zone 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                """
            )
            #expect(problem["resetsAt"]?.string == midnight[0])
            let allowances = try await maitre.owner(2, .GET, "/allowances").json
            #expect(allowances["dailyRemaining"]?.int == 0 && allowances["dailyResetsAt"]?.string == midnight[0])
            #expect(
                try await maitre.sql(
                    "select type || ' ' || (data ->> 'threshold') from app.events where type like 'allowance%' order by (data ->> 'threshold')::int"
                )
                    == ["allowance_warning 80", "allowance_exhausted 100"]
            )

            // More from now on: the key may send, and the bot answers who writes next.
            try await maitre.allow(daily: 10, at: 2)
            let sent = try await maitre.sendWithKey(in: silent.id, at: 2)
            #expect(sent.status == 201)
            #expect(try sent.json["sender"]?.string == "api")
            _ = try await maitre.greet("447700901103", at: 2)
            #expect(try await maitre.deadLetters() == [])
        }
    }

    @Test(
        "R10: of 100 sends with a key at once and one message left, one is accepted and 99 get 402; the allowance is the platform's to raise"
    )
    func parallelSends() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("447700901600", at: 2)
            // The greeting was the first.
            try await maitre.allow(daily: 2, at: 2)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 1...100 { group.addTask { try await maitre.sendWithKey(in: chat.id, at: 2) } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 1)
            let refused = answers.filter { $0.status == 402 }
            #expect(refused.count == 99)
            #expect(Set(try refused.map { try $0.json["resetsAt"]?.string }).count == 1)
            try await maitre.eventually("it goes out") { try await chat.sent().count == 2 }
            try await maitre.drained()
            #expect(try await chat.messages().count == 3)
            #expect(try await maitre.owner(2, .GET, "/allowances").json["dailyRemaining"]?.int == 0)
        }
    }

    @Test("I3: of many customers at once the bot answers exactly as many as are left, and nobody's message is lost")
    func manyAtOnce() async throws {
        try await Installation.run { maitre in
            try await maitre.allow(daily: 7, at: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: "4477009012\(10 + number)", at: 2)
                    }
                }
                try await group.waitForAll()
            }
            try await maitre.eventually("all are stored") {
                try await maitre.sql("select count(*)::text from app.messages where direction = 'inbound'") == ["30"]
            }
            try await maitre.drained()
            #expect(try await maitre.sql("select count(*)::text from app.messages where direction = 'outbound'") == ["7"])
            #expect(try await maitre.simulator(.GET, "/sent?phoneNumberId=\(maitre.number(2))&limit=100")["messages"]?.elements.count == 7)
            #expect(try await maitre.owner(2, .GET, "/usage").json["conversationsThisMonth"]?.int == 30)
            #expect(try await maitre.deadLetters() == [])
        }
    }

    @Test("I3: a conversation beyond the month's is stored and counted, and the bot is silent in it; those before it go on")
    func month() async throws {
        try await Installation.run { maitre in
            try await maitre.allow(monthly: 1, at: 2)
            let served = try await maitre.greet("447700901300", at: 2)
            let silent = try await maitre.unanswered("447700901301", at: 2)
            try await silent.writes(#"{"type":"text","text":{"body":"still there?"}}"#)
            try await maitre.eventually("stored") { try await silent.messages().count == 2 }
            try await served.writes(#"{"type":"text","text":{"body":"menu"}}"#)
            try await maitre.eventually("the bot goes on") { try await served.messages().count == 4 }
            try await maitre.drained()
            #expect(try await silent.messages().count == 2)
            let usage = try await maitre.owner(2, .GET, "/usage").json
            #expect(usage["conversationsThisMonth"]?.int == 2 && usage["allowance"]?["monthlyRemaining"]?.int == 0)

            let refused = try await maitre.sendWithKey(in: silent.id, at: 2)
            #expect(refused.status == 402)
            let ends = try await maitre.owner(2, .GET, "/allowances").json["monthlyResetsAt"]?.string
            #expect(try refused.json["resetsAt"]?.string == ends && ends != nil)
            #expect(try await maitre.sendWithKey(in: served.id, at: 2).status == 201)
            let reply = try await silent.say("Ellen here")
            try await silent.reaches("read", reply)
            #expect(try await silent.setMode("bot").status == 200)

            try await maitre.allow(monthly: 5, at: 2)
            try await silent.writes(#"{"type":"text","text":{"body":"hello"}}"#)
            try await maitre.eventually("the bot answers") { try await silent.messages().last?["sender"]?.string == "bot" }
        }
    }

    @Test("I3: conversations that were counted before allowances were kept are among those of the month")
    func before() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[2].restaurantId
            _ = try await maitre.sql(
                """
                with counted as (
                    insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day, created_at)
                    select id, app.uuid_v7(), 'conversation_opened', 'contact', id, (now() at time zone time_zone)::date, now() - interval '1 second'
                    from platform.merchants, generate_series(1, 3) where id = '\(restaurant)'),
                changed as (update platform.merchants set monthly_limit = 3 where id = '\(restaurant)')
                select ''
                """
            )
            let silent = try await maitre.unanswered("447700901500", at: 2)
            #expect(try await maitre.sendWithKey(in: silent.id, at: 2).status == 402)
            #expect(try await maitre.owner(2, .GET, "/usage").json["conversationsThisMonth"]?.int == 4)
            #expect(try await maitre.deadLetters() == [])
        }
    }

    @Test("I3: beyond a bot's minute its replies wait and are not lost, and a key is told how long")
    func minute() async throws {
        try await Installation.run { maitre in
            try await maitre.allow(perMinute: 2, at: 2)
            for number in 0..<5 {
                try await maitre.receive(#"{"type":"text","text":{"body":"hello"}}"#, from: "44770090140\(number)", at: 2)
            }
            @Sendable func sent() async throws -> Int {
                try await maitre.simulator(.GET, "/sent?phoneNumberId=\(maitre.number(2))&limit=100")["messages"]?.elements.count ?? -1
            }
            try await maitre.eventually("two go at once") { try await sent() == 2 }
            try await maitre.eventually("the others wait") {
                try await maitre.sql("select count(*)::text from app.messages where status = 'queued'") == ["3"]
            }
            let conversation = try #require(try await maitre.conversation(of: "447700901400", at: 2)?["id"]?.string)
            let refused = try await maitre.sendWithKey(in: conversation, at: 2)
            #expect(refused.status == 429)
            #expect(try refused.json["code"]?.string == "rate_limited")
            let wait = try #require(Int(refused.headers["Retry-After"].first ?? ""))
            #expect((1...60).contains(wait))
            #expect(try await sent() == 2)
            _ = try await maitre.sql("with ended as (update app.bot_minutes set ends_at = clock_timestamp()) select ''")
            try await maitre.hurry(until: "two more") { try await sent() == 4 }
            _ = try await maitre.sql("with ended as (update app.bot_minutes set ends_at = clock_timestamp()) select ''")
            try await maitre.hurry(until: "the last") { try await sent() == 5 }
            #expect(try await maitre.deadLetters() == [])
        }
    }

    @Test("The platform sets limits: all of them, whole numbers in range, and nothing else")
    func setting() async throws {
        try await Installation.run { maitre in
            let path = "/allowances/\(maitre.demo.merchants[0].restaurantId)"
            let answer = try await maitre.platform(.PUT, path, json: Self.limits(daily: 5, monthly: 6, perMinute: 7))
            #expect(answer.status == 200)
            #expect(
                try answer.json.members.map(\.key) == [
                    "restaurantId", "restaurantName", "dailyLimit", "dailyRemaining", "dailyResetsAt", "monthlyLimit", "monthlyRemaining",
                    "monthlyResetsAt", "perMinute",
                ]
            )
            #expect(try await maitre.platform(.GET, path).body == answer.body)
            #expect(try await maitre.owner(0, .GET, "/allowances").body == answer.body)
            #expect(try await maitre.owner(1, .GET, "/allowances").json["dailyLimit"]?.int == 1000)
            for (body, pointers) in [
                (#"{"dailyLimit":1}"#, ["/monthlyLimit", "/perMinute"]),
                (Self.limits(daily: -1, monthly: 100_000_001, perMinute: 0), ["/dailyLimit", "/monthlyLimit", "/perMinute"]),
                (#"{"dailyLimit":1,"monthlyLimit":1,"perMinute":1,"dailyRemaining":5}"#, ["/dailyRemaining"]),
                (#"{"dailyLimit":1.5,"monthlyLimit":null,"perMinute":"1"}"#, ["/dailyLimit", "/monthlyLimit", "/perMinute"]),
            ] {
                let refused = try await maitre.platform(.PUT, path, json: body)
                #expect(refused.status == 422)
                #expect(try refused.json["errors"]?.elements.compactMap { $0["pointer"]?.string }.sorted() == pointers)
            }
            #expect(try await maitre.platform(.PUT, "/allowances/\(MerchantID.new())", json: Self.limits()).status == 404)
            #expect(try await maitre.platform(.GET, "/allowances/\(MerchantID.new())").status == 404)
            #expect(try await maitre.platform(.GET, "/allowances").json["code"]?.string == "restaurant_required")
            #expect(try await maitre.owner(0, .GET, "/allowances").json["dailyLimit"]?.int == 5)
        }
    }

    static func limits(daily: Int = 1000, monthly: Int = 30_000, perMinute: Int = 300) -> String {
        #"{"dailyLimit":\#(daily),"monthlyLimit":\#(monthly),"perMinute":\#(perMinute)}"#
    }
}

extension Installation {
    /// As whoever runs the installation.
    func platform(_ method: HTTPMethod, _ path: String, restaurant: String? = nil, json: String? = nil) async throws -> Answer {
        try await request(
            method,
            "/api/v1" + path,
            restaurant: restaurant,
            headers: [("X-API-Key", demo.platformKey)],
            json: json
        )
    }

    func allow(daily: Int = 1000, monthly: Int = 30_000, perMinute: Int = 300, at index: Int) async throws {
        let answer = try await platform(
            .PUT,
            "/allowances/\(demo.merchants[index].restaurantId)",
            json: UsageTests.limits(daily: daily, monthly: monthly, perMinute: perMinute)
        )
        guard answer.status == 200 else { throw TestFailure("the allowance was not set: \(answer.status)") }
    }

    /// A key of the restaurant's own, which nothing makes yet.
    func merchantKey(at index: Int) async throws -> String {
        let token = TokenFormat.generate(.merchantKey).reveal()
        let digest = PresentedCredential.digest(of: token).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        _ = try await sql(
            """
            insert into platform.credentials (id, kind, hash, prefix, last_four, name, scopes, merchant_id)
            values (gen_random_uuid(), 'merchant_key', decode('\(digest.joined())', 'hex'), 'mtr_live_', '\(token.suffix(4))', 'test',
                array['usage:read'], '\(demo.merchants[index].restaurantId)') returning name
            """
        )
        return token
    }

    /// Sends as a program with a key.
    func sendWithKey(in conversation: String, at index: Int) async throws -> Answer {
        try await request(
            .POST,
            "/api/v1/conversations/\(conversation)/messages",
            restaurant: demo.merchants[index].restaurantId,
            headers: [("X-API-Key", demo.platformKey), ("Idempotency-Key", UUID().uuidString)],
            json: #"{"type":"text","text":{"body":"from a program"}}"#
        )
    }

    /// A conversation whose first message the bot does not answer.
    func unanswered(_ customer: String, at index: Int) async throws -> Chat {
        let first = try await receive(#"{"type":"text","text":{"body":"hello"}}"#, from: customer, at: index)
        try await eventually("\(customer)'s message is stored") { try await conversation(of: customer, at: index) != nil }
        try await drained()
        let id = try await conversation(of: customer, at: index)?["id"]?.string ?? ""
        let chat = Chat(maitre: self, index: index, customer: customer, id: id, first: first)
        guard try await chat.messages().count == 1 else { throw TestFailure("\(customer) was answered") }
        return chat
    }
}

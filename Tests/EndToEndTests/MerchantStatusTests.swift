import Core
import NIOHTTP1
import Tenancy
import Testing

@testable import maitre

/// A1 over HTTP: a restaurant is changed, suspended, reactivated and closed.
@Suite struct MerchantStatusTests {
    @Test("A1: of a suspended restaurant everything is stored and nothing is sent; its people are refused, the platform is not")
    func suspended() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000701", at: 0)
            let restaurant = maitre.demo.merchants[0].restaurantId
            // A message that waits when the restaurant is suspended.
            #expect(try await maitre.changeChannel(0, #"{"status":"stopped"}"#).status == 200)
            let waiting = try await chat.say("wait for it")
            let suspended = try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend", json: #"{"reason":"unpaid"}"#)
            #expect(suspended.status == 200)
            #expect(try suspended.json["status"]?.string == "suspended")
            #expect(try suspended.json["statusReason"]?.string == "unpaid")

            try await maitre.eventually("its owner is refused", timeout: .seconds(2)) {
                try await maitre.owner(0, .GET, "/bots").status == 403
            }
            #expect(try await maitre.owner(0, .GET, "/bots").json["code"]?.string == "merchant_suspended")
            #expect(try await maitre.owner(1, .GET, "/bots").status == 200)
            let bots = try await maitre.admin(.GET, "/bots", at: restaurant)
            #expect(bots.status == 200)

            let before = try await chat.sentTexts().count
            try await maitre.receive(#"{"type":"text","text":{"body":"anybody there?"}}"#, from: "966500000702", at: 0)
            try await maitre.eventually("it is stored") {
                try await maitre.sql(
                    "select content ->> 'body' from app.messages where direction = 'inbound' and content::text like '%anybody%'"
                ).count == 1
            }
            try await maitre.hurry(until: "what waited has failed") {
                let json = try await maitre.admin(.GET, "/conversations/\(chat.id)/messages/\(waiting)", at: restaurant).json
                return json["status"]?.string == "failed" && json["error"]?["code"]?.string == "merchant_suspended"
            }
            try await maitre.drained()
            #expect(try await chat.sentTexts().count == before)
            let replies = try await maitre.sql(
                "select status from app.messages m join app.conversations c on c.id = m.conversation_id join app.contacts k on k.id = c.contact_id where k.wa_id = '966500000702' and m.direction = 'outbound'"
            )
            #expect(replies.isEmpty)

            // Once more changes nothing, not even the log.
            let again = try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend")
            #expect(again.status == 200)
            #expect(try again.json["version"]?.int == suspended.json["version"]?.int)
            let entries = try await maitre.admin(.GET, "/audit-log?action=merchant.suspended", at: restaurant).json["data"]?.elements ?? []
            #expect(entries.count == 1)
            #expect(entries.first?["details"]?["reason"]?.string == "unpaid")

            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/reactivate").json["status"]?.string == "active")
            try await maitre.eventually("its owner is back", timeout: .seconds(2)) {
                try await maitre.owner(0, .GET, "/bots").status == 200
            }
            #expect(try await maitre.changeChannel(0, #"{"status":"active"}"#).status == 200)
            let copy = try await maitre.owner(
                0,
                .POST,
                "/conversations/\(chat.id)/messages/\(waiting)/resend",
                headers: [("Idempotency-Key", "again")]
            )
            #expect(copy.status == 201)
            try await chat.reaches("read", try copy.json["id"]?.string ?? "")
        }
    }

    @Test("A1: a closed restaurant can come back while its grace period lasts; after that its keys are unknown and its number is nobody's")
    func closed() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[0].restaurantId
            let key =
                try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"till","scopes":["bots:read"]}"#).json["token"]?.string ?? ""
            #expect(try await maitre.request(.GET, "/api/v1/bots", token: key).status == 200)
            let closed = try await maitre.admin(.POST, "/merchants/\(restaurant)/close", json: #"{"graceDays":3}"#)
            #expect(closed.status == 200)
            let closesAt = try closed.json["closesAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
            #expect(abs(((closesAt ?? .now) - Timestamp.now).milliseconds - 3 * 86_400_000) < 60_000)
            try await maitre.eventually("everybody is refused", timeout: .seconds(2)) {
                let answers = (try await maitre.owner(0, .GET, "/bots"), try await maitre.request(.GET, "/api/v1/bots", token: key))
                return try answers.0.json["code"]?.string == "merchant_closed" && answers.1.json["code"]?.string == "merchant_closed"
            }
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend").status == 409)
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/reactivate").json["status"]?.string == "active")
            try await maitre.eventually("they are back", timeout: .seconds(2)) {
                try await maitre.request(.GET, "/api/v1/bots", token: key).status == 200
            }

            // The grace period runs out, before anybody cleans up.
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/close").status == 200)
            _ = try await maitre.sql(
                "update platform.merchants set closes_at = now() - interval '1 second' where id = '\(restaurant)' returning ''"
            )
            try await maitre.eventually("the key is unknown", timeout: .seconds(2)) {
                try await maitre.request(.GET, "/api/v1/bots", token: key).status == 401
            }
            let unknown = try await maitre.request(.GET, "/api/v1/bots", token: TokenFormat.generate(.merchantKey).reveal())
            let ended = try await maitre.request(.GET, "/api/v1/bots", token: key)
            #expect(try ended.json["code"]?.string == unknown.json["code"]?.string)
            #expect(try ended.json["detail"]?.string == unknown.json["detail"]?.string)
            try await maitre.eventually("its people no longer have it", timeout: .seconds(2)) {
                try await maitre.owner(0, .GET, "/bots").json["code"]?.string == "restaurant_forbidden"
            }
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/reactivate").status == 409)
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/close").status == 409)
        }
    }

    @Test("A1: without a grace period a closed restaurant ends at once: its number's messages are those of an unknown one")
    func ended() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[0].restaurantId
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/close", json: #"{"graceDays":0}"#).status == 200)
            #expect(try await maitre.sql("select 'x' from platform.channel_routes where merchant_id = '\(restaurant)'").isEmpty)
            // Nodes remember a route for a second at most.
            try await Task.sleep(for: .milliseconds(1200))
            try await maitre.receive(#"{"type":"text","text":{"body":"hello?"}}"#, from: "966500000703", at: 0)
            try await maitre.eventually("it is quarantined") {
                try await maitre.admin(.GET, "/quarantine").json["data"]?.elements.contains { $0["reason"]?.string == "unknown_number" }
                    == true
            }
            let actions = try await maitre.admin(.GET, "/audit-log?limit=3", at: restaurant).json["data"]?.elements ?? []
            #expect(actions.compactMap { $0["action"]?.string }.prefix(2).sorted() == ["merchant.closed", "merchant.ended"])
        }
    }

    @Test("A1: every wrong field of a restaurant is named at once, also those of its business hours")
    func validation() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[0].restaurantId
            let wrong = #"""
                {"name":"  ","timeZone":"Mars/Base","locale":"arabic","currency":"sar","status":"closed",
                 "businessHours":{"weekly":[
                   {"day":"monday","opens":"09:00","closes":"12:00"},{"day":"monday","opens":"11:59","closes":"13:00"},
                   {"day":"moonday","opens":"25:00","closes":"9:00"},
                   {"day":"sunday","opens":"22:00","closes":"09:01"},
                   {"day":"tuesday","opens":"01:00","closes":"02:00"},{"day":"tuesday","opens":"03:00","closes":"04:00"},
                   {"day":"tuesday","opens":"05:00","closes":"06:00"},{"day":"tuesday","opens":"07:00","closes":"08:00"},
                   {"day":"tuesday","opens":"09:00","closes":"10:00"}],
                  "holidays":[{"date":"2026-02-30"},{"date":"2026-12-25","closed":true,"opens":"10:00","closes":"12:00"},
                   {"date":"2026-12-26","closed":true},{"date":"2026-12-26","opens":"10:00","closes":"12:00"}],"x":1}}
                """#
            let expected: Set<String> = [
                "/name", "/timeZone", "/locale", "/currency", "/status", "/businessHours/x", "/businessHours/weekly/1",
                "/businessHours/weekly/2/day", "/businessHours/weekly/2/opens", "/businessHours/weekly/2/closes", "/businessHours/weekly/3",
                "/businessHours/weekly/8", "/businessHours/holidays/0/date", "/businessHours/holidays/1/closed",
                "/businessHours/holidays/3",
            ]
            for answer in [
                try await maitre.owner(0, .PATCH, "/merchants/current", json: wrong),
                try await maitre.admin(.PATCH, "/merchants/\(restaurant)", json: wrong),
            ] {
                #expect(answer.status == 422)
                #expect(Set(try answer.json["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? []) == expected)
            }
            let made = try await maitre.admin(.POST, "/merchants", json: #"{"name":"x","timeZone":"Nowhere","locale":"e","currency":"x"}"#)
            #expect(
                Set(try made.json["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? []) == ["/timeZone", "/locale", "/currency"]
            )
            #expect(try await maitre.owner(0, .PATCH, "/merchants/current", json: "{}").status == 422)
        }
    }

    @Test("A1: owners and managers change the settings, agents read them; If-Match keeps one from undoing another's change")
    func settings() async throws {
        try await Installation.run { maitre in
            let before = try await maitre.owner(0, .GET, "/merchants/current")
            #expect(before.status == 200)
            #expect(try before.json["businessHours"]?.isNull == true)
            let tag = before.headers.first(name: "ETag") ?? ""
            let hours =
                #"{"weekly":[{"day":"friday","opens":"13:00","closes":"01:00"}],"holidays":[{"date":"2026-09-23","name":"National Day","closed":true}]}"#
            let changed = try await maitre.owner(
                0,
                .PATCH,
                "/merchants/current",
                headers: [("If-Match", tag)],
                json: #"{"name":" Najd ","currency":"USD","businessHours":\#(hours)}"#
            )
            #expect(changed.status == 200)
            #expect(try changed.json["name"]?.string == "Najd")
            #expect(try changed.json["timeZone"]?.string == "Asia/Riyadh")
            #expect(try changed.json["businessHours"]?["weekly"]?.elements.first?["closes"]?.string == "01:00")
            #expect(try changed.json["businessHours"]?["holidays"]?.elements.first?["closed"]?.bool == true)
            let stale = try await maitre.owner(0, .PATCH, "/merchants/current", headers: [("If-Match", tag)], json: #"{"name":"Other"}"#)
            #expect(stale.status == 412)
            #expect(try stale.json["code"]?.string == "version_mismatch")
            #expect(
                try await maitre.owner(0, .PATCH, "/merchants/current", json: #"{"businessHours":null}"#).json["businessHours"]?.isNull
                    == true
            )
            let entry = try await maitre.owner(0, .GET, "/audit-log?action=merchant.updated").json["data"]?.elements.last
            #expect(entry?["details"]?["fields"]?.elements.compactMap(\.string) == ["name", "currency", "businessHours"])
            // The platform's PATCH is the same for any restaurant, and another's name is untouched.
            let id = maitre.demo.merchants[0].restaurantId
            let renamed = try await maitre.admin(.PATCH, "/merchants/\(id)", headers: [("If-Match", "*")], json: #"{"name":"By admin"}"#)
            #expect(try renamed.json["name"]?.string == "By admin")
            #expect(try await maitre.owner(1, .GET, "/merchants/current").json["name"]?.string == maitre.demo.merchants[1].name)
            #expect(try await maitre.owner(0, .PATCH, "/merchants/\(id)", json: #"{"name":"x"}"#).status == 403)
            #expect(try await maitre.admin(.GET, "/merchants/current").json["code"]?.string == "restaurant_required")
        }
    }
}

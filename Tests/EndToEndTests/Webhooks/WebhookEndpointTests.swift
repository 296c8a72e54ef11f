import Core
import Events
import Foundation
import NIOCore
import NIOHTTP1
import Tenancy
import TestSupport
import Testing

@testable import maitre

/// H3: endpoints as people manage them, and what Maitre does with those that fail.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct WebhookEndpointTests {
    @Test(
        "H3: 410 disables an endpoint at once: an event, an audit entry, an e-mail to the owners, and no further request until it is resumed"
    )
    func gone() async throws {
        try await MailSink.run { sink in
            try await Installation.run(configure: { configuration in
                configuration.testWebhooks()
                configuration.smtp = .init(url: sink.url, sender: "Maitre <no-reply@localhost>", allowsPlaintext: true)
            }) { maitre in
                try await HookReceiver.run({ hook, earlier in
                    hook.path == "/watcher" ? .init() : .init(status: earlier == 0 ? 410 : 200)
                }) { receiver in
                    let watcher = try await maitre.endpoint(0, receiver.url("/watcher"), types: ["webhook_disabled"])
                    let endpoint = try await maitre.endpoint(0, receiver.url("/gone?token=secret"))
                    try await maitre.happen(at: 0)
                    try await maitre.eventually("it is disabled") {
                        try await maitre.read(endpoint)["status"]?.string == "disabled"
                    }
                    #expect(try await maitre.read(endpoint)["statusReason"]?.string == "gone")
                    try await maitre.eventually("it is told") { receiver.hooks(at: "/watcher").count == 1 }
                    let told = try #require(receiver.hooks(at: "/watcher").first)
                    #expect(told.signers([watcher.secret]) == [0])
                    #expect(try told.json["data"]?["webhookEndpointId"]?.string == endpoint.id)
                    #expect(try told.json["data"]?["reason"]?.string == "gone")
                    let data = try #require(try told.json["data"])
                    let findings = try SchemaCheck.ofThisProject().findings(inDataOf: "webhook_disabled", data.rawBytes)
                    #expect(findings == [])
                    try await maitre.happen(at: 0, count: 3)
                    try await maitre.drained()
                    #expect(receiver.hooks(at: "/gone?token=secret").count == 1)
                    let audit = try await maitre.sql(
                        "select subject_id::text || ' ' || actor_kind from platform.audit_log where action = 'webhook_endpoint.disabled'"
                    )
                    #expect(audit == ["\(endpoint.id) system"])
                    try await maitre.eventually("the owners are written to") { !sink.messages.isEmpty }
                    let owners = try await maitre.sql(
                        """
                        select p.email from platform.memberships m join platform.people p on p.id = m.person_id
                        where m.merchant_id = '\(maitre.demo.merchants[0].restaurantId)' and m.role = 'owner'
                        """
                    )
                    #expect(sink.messages.map(\.recipient).sorted() == owners.sorted())
                    let mail = try #require(sink.messages.first)
                    #expect(mail.text.contains("127.0.0.1:\(receiver.port)") && mail.text.contains("410"))
                    // The path may be a secret.
                    #expect(!mail.content.contains("token=secret") && !mail.text.contains("token=secret"))
                    // A person mends it; what happened meanwhile is not told, what happens now is.
                    let resumed = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/resume").json
                    #expect(resumed["status"]?.string == "active" && resumed["failures"]?.int == 0)
                    try await maitre.happen(at: 0, mark: "after")
                    try await maitre.eventually("it is told again") { receiver.hooks(at: "/gone?token=secret").count == 2 }
                    #expect(try receiver.hooks(at: "/gone?token=secret")[1].json["data"]?["mark"]?.string == "after")
                    // And the one that failed is in the log.
                    let replay = #"{"from":"\#((Timestamp.now - .seconds(600)).rfc3339)"}"#
                    #expect(
                        try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/replay", json: replay).json["replayed"]?.int
                            == 1
                    )
                    try await maitre.eventually("it is told what it missed") { receiver.hooks(at: "/gone?token=secret").count == 3 }
                }
            }
        }
    }

    @Test(
        "H3: an endpoint is disabled when it has failed for long enough and often enough; neither alone is enough, and a success begins anew"
    )
    func failing() async throws {
        try await Installation.run(configure: {
            $0.testWebhooks { webhooks in
                webhooks.schedule.delays = []
                webhooks.schedule.disableAfterFailures = 4
            }
        }) { maitre in
            try await HookReceiver.run({ _, earlier in .init(status: earlier == 2 ? 200 : 500) }) { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                func fail(_ number: Int) async throws {
                    let before = receiver.hooks.count
                    for index in 1...number {
                        try await maitre.happen(at: 0)
                        try await maitre.eventually("it is tried") { receiver.hooks.count == before + index }
                        try await maitre.drained()
                    }
                }
                try await fail(2)
                #expect(try await maitre.read(endpoint)["failures"]?.int == 2)
                // As if it had begun five days ago.
                func longAgo() async throws {
                    _ = try await maitre.sql(
                        "with x as (update app.webhook_endpoints set failing_since = now() - interval '121 hours' where failing_since is not null returning 1) select ''"
                    )
                }
                try await longAgo()
                // The third succeeds.
                try await fail(1)
                #expect(try await maitre.read(endpoint)["failingSince"]?.isNull == true)
                try await fail(5)
                #expect(try await maitre.read(endpoint)["status"]?.string == "active", "often enough, not long enough")
                try await longAgo()
                try await fail(1)
                let disabled = try await maitre.read(endpoint)
                #expect(disabled["status"]?.string == "disabled")
                #expect(disabled["statusReason"]?.string == "failing")
                #expect(disabled["failures"]?.int == 6)
                // Once, also when several failures come together.
                #expect(try await maitre.sql("select count(*)::text from app.events where type = 'webhook_disabled'") == ["1"])
                #expect(try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/test").status == 409)
                #expect(try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/pause").status == 409)
            }
        }
    }

    @Test("H3: an endpoint is made, listed, read, changed under its version and deleted, by managers with the scope")
    func manage() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            var made: [Endpoint] = []
            for index in 0..<20 {
                made.append(
                    try await maitre.endpoint(0, "http://127.0.0.1:9/\(index)", types: index == 0 ? ["message_sent", "message_sent"] : nil)
                )
            }
            let tooMany = try await maitre.owner(0, .POST, "/webhook-endpoints", json: #"{"url":"http://127.0.0.1:9/20"}"#)
            #expect(tooMany.status == 409)
            #expect(try tooMany.json["code"]?.string == "limit_reached")
            // Pages in order, without gap or repetition.
            var (listed, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await maitre.owner(0, .GET, "/webhook-endpoints?limit=7" + (cursor.map { "&cursor=\($0)" } ?? "")).json
                listed += page["data"]?.elements.compactMap { $0["id"]?.string } ?? []
                cursor = page["nextCursor"]?.string
            } while cursor != nil
            #expect(listed == made.map(\.id))
            let read = try await maitre.owner(0, .GET, "/webhook-endpoints/\(made[0].id)")
            #expect(try read.json["eventTypes"]?.elements.map(\.string) == ["message_sent"])
            let tag = read.headers.first(name: "ETag") ?? ""
            let changed = try await maitre.owner(
                0,
                .PATCH,
                "/webhook-endpoints/\(made[0].id)",
                headers: [("If-Match", tag)],
                json: #"{"description":"orders","eventTypes":null}"#
            )
            #expect(changed.status == 200)
            #expect(try changed.json["description"]?.string == "orders")
            #expect(try changed.json["eventTypes"]?.isNull == true)
            #expect(try changed.json["version"]?.int == 2)
            for method in [HTTPMethod.PATCH, .DELETE] {
                let json = method == .PATCH ? #"{"description":null}"# : nil
                #expect(
                    try await maitre.owner(0, method, "/webhook-endpoints/\(made[0].id)", headers: [("If-Match", tag)], json: json).status
                        == 412
                )
            }
            #expect(try await maitre.owner(0, .PATCH, "/webhook-endpoints/\(made[0].id)", json: "{}").status == 422)
            #expect(try await maitre.owner(0, .PATCH, "/webhook-endpoints/\(made[0].id)", json: #"{"status":"active"}"#).status == 422)
            #expect(try await maitre.owner(0, .DELETE, "/webhook-endpoints/\(made[0].id)").status == 204)
            #expect(try await maitre.owner(0, .GET, "/webhook-endpoints/\(made[0].id)").status == 404)
            #expect(try await maitre.sql("select count(*)::text from app.webhook_secrets") == ["19"])
            // Another restaurant's is as unknown as one that never was.
            for (method, path) in [
                (HTTPMethod.GET, ""), (.DELETE, ""), (.POST, "/pause"), (.POST, "/resume"), (.POST, "/roll-secret"), (.POST, "/test"),
            ] {
                let answer = try await maitre.owner(1, method, "/webhook-endpoints/\(made[1].id)\(path)")
                #expect(answer.status == 404, "\(method) \(path)")
            }
            #expect(try await maitre.sql("select count(*)::text from app.webhook_endpoints where version > 1") == ["0"])
            // A key without the scope.
            let key =
                try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"k","scopes":["webhooks:read"]}"#).json["token"]?.string ?? ""
            let restaurant = maitre.demo.merchants[0].restaurantId
            #expect(try await maitre.request(.GET, "/api/v1/webhook-endpoints", token: key, restaurant: restaurant).status == 200)
            let refused = try await maitre.request(
                .POST,
                "/api/v1/webhook-endpoints/\(made[1].id)/pause",
                token: key,
                restaurant: restaurant
            )
            #expect(refused.status == 403)
            let actions = try await maitre.sql(
                "select action || ' ' || count(*) from platform.audit_log where action like 'webhook%' and outcome = 'done' group by action order by action"
            )
            #expect(actions == ["webhook_endpoint.created 20", "webhook_endpoint.deleted 1", "webhook_endpoint.updated 1"])
        }
    }

    @Test("F1 F2 F6 F9: an address that may not be called is refused when it is saved, with the field that is wrong")
    func refused() async throws {
        try await Installation.run(configure: { $0.publicURL = "https://maitre.example.com" }) { maitre in
            let good = try await maitre.endpoint(0, "https://example.com/hook")
            for url in [
                "https://127.0.0.1", "https://localhost", "https://2130706433", "https://[::ffff:7f00:1]", "https://169.254.169.254/x",
                "https://10.0.0.8", "https://metadata.google.internal", "http://example.com", "ftp://example.com", "https://a@example.com",
                "https://example.com:22", "x", "https://maitre.example.com/webhooks/meta",
            ] {
                let answers = [
                    try await maitre.owner(0, .POST, "/webhook-endpoints", json: #"{"url":"\#(url)"}"#),
                    try await maitre.owner(0, .PATCH, "/webhook-endpoints/\(good.id)", json: #"{"url":"\#(url)"}"#),
                ]
                for answer in answers {
                    #expect(answer.status == 422, "\(url)")
                    let errors = try answer.json["errors"]?.elements ?? []
                    #expect(errors.map { $0["pointer"]?.string } == ["/url"])
                    #expect(errors.map { $0["code"]?.string } == ["url_not_allowed"])
                }
            }
            #expect(try await maitre.sql("select url from app.webhook_endpoints") == ["https://example.com/hook"])
        }
    }

    @Test(
        "F1 F10: an address that is in the database is not called when it may not be, and the log says nothing but that nobody was reached"
    )
    func blocked() async throws {
        try await HookReceiver.run { receiver in
            // Without leave to call this machine, as in production.
            try await Installation.run(configure: {
                $0.testWebhooks {
                    $0.allowsLoopback = false
                    $0.schedule.delays = []
                }
            }) { maitre in
                var shown: Set<String> = []
                for url in [
                    receiver.url(), "https://127.0.0.1:\(receiver.port)/", "https://nobody.invalid/", "https://10.255.255.1/",
                    "https://localhost/", "https://127.0.0.1:1/",
                ] {
                    let endpoint = try await maitre.endpoint(0, "https://example.com/hook", types: ["bot_connected"])
                    _ = try await maitre.sql(
                        "with x as (update app.webhook_endpoints set url = '\(url)' where id = '\(endpoint.id)' returning 1) select ''"
                    )
                    try await maitre.happen("bot_connected", at: 0)
                    try await maitre.eventually("it has failed") {
                        try await maitre.deliveries(0, "endpointId=\(endpoint.id)&state=failed").count == 1
                    }
                    let id = try await maitre.deliveries(0, "endpointId=\(endpoint.id)").first?["id"]?.string ?? ""
                    let log = try await maitre.owner(0, .GET, "/webhook-deliveries/\(id)").json["log"]?.elements.first
                    shown.insert("\(log?["outcome"]?.string ?? "?") \(log?["status"]?.rawText ?? "?") \(log?["answer"]?.rawText ?? "?")")
                    _ = try await maitre.owner(0, .DELETE, "/webhook-endpoints/\(endpoint.id)")
                }
                #expect(shown == ["unreachable null null"])
                #expect(receiver.hooks.isEmpty)
            }
        }
    }

    @Test("H3: a test is sent once, whatever the filter and also during a pause, and counts neither as failure nor as success")
    func test() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run({ _, earlier in .init(status: earlier == 0 ? 500 : 200) }) { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url(), types: ["message_sent"])
                let answer = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/test")
                #expect(answer.status == 202)
                #expect(try answer.json["test"]?.bool == true)
                let id = try answer.json["id"]?.string ?? ""
                try await maitre.eventually("it has failed") {
                    try await maitre.owner(0, .GET, "/webhook-deliveries/\(id)").json["state"]?.string == "failed"
                }
                #expect(receiver.hooks.count == 1)
                #expect(try receiver.hooks[0].json["data"]?["webhookEndpointId"]?.string == endpoint.id)
                #expect(receiver.hooks[0].type == "webhook_test")
                #expect(receiver.hooks[0].signers([endpoint.secret]) == [0])
                #expect(try await maitre.read(endpoint)["failures"]?.int == 0)
                _ = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/pause")
                let second = try await maitre.owner(
                    0,
                    .POST,
                    "/webhook-endpoints/\(endpoint.id)/test",
                    json: #"{"type":"message_received"}"#
                )
                #expect(second.status == 202)
                try await maitre.eventually("it is told") { receiver.hooks.count == 2 }
                #expect(receiver.hooks[1].type == "message_received")
                #expect(try receiver.hooks[1].json["data"]?["message"]?["type"]?.string == "text")
                #expect(
                    try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/test", json: #"{"type":"nonsense"}"#).status == 422
                )
                try await maitre.drained()
                #expect(receiver.hooks.count == 2)
            }
        }
    }

    @Test("A13: of a restaurant that is suspended nothing is sent; what failed then can be sent again when it is active")
    func suspended() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                let restaurant = maitre.demo.merchants[0].restaurantId
                #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend").status == 200)
                try await maitre.happen(at: 0)
                try await maitre.eventually("it is given up") {
                    try await maitre.sql("select count(*)::text from app.webhook_deliveries where state = 'failed'") == ["1"]
                }
                #expect(receiver.hooks.isEmpty)
                #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/reactivate").status == 200)
                let replay = #"{"from":"\#((Timestamp.now - .seconds(600)).rfc3339)"}"#
                try await maitre.eventually("it is active again") {
                    try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/replay", json: replay).status == 202
                }
                try await maitre.eventually("it is told") { receiver.hooks.count == 1 }
            }
        }
    }
}

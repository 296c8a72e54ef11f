import Core
import Events
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import maitre

/// H3 over HTTP: what happens is told to those who want it, until they have heard it.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct WebhookDeliveryTests {
    @Test("H3: a customer's message is told to the endpoints that want it, signed, in the envelope of Standard Webhooks; to nobody else")
    func told() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run { receiver in
                let all = try await maitre.endpoint(0, receiver.url("/all"))
                _ = try await maitre.endpoint(0, receiver.url("/sent"), types: ["message_sent"])
                _ = try await maitre.endpoint(1, receiver.url("/other"))
                let chat = try await maitre.greet("966500009001", at: 0)
                try await maitre.eventually("the greeting is told") {
                    receiver.hooks(at: "/sent").count >= 1 && receiver.hooks(at: "/all").contains { $0.type == "message_received" }
                }
                let hook = try #require(receiver.hooks(at: "/all").first { $0.type == "message_received" })
                #expect(try hook.json.members.map(\.key).sorted() == ["data", "timestamp", "type"])
                #expect(try hook.json["data"]?["message"]?["conversationId"]?.string == chat.id)
                #expect(Timestamp(rfc3339: try hook.json["timestamp"]?.string ?? "") != nil)
                #expect(hook.signers([all.secret]) == [0])
                #expect(hook.headers["content-type"] == "application/json")
                #expect(EventID(hook.id) != nil)
                let seconds = Int64(hook.headers["webhook-timestamp"] ?? "") ?? 0
                #expect(abs(seconds - Timestamp.now.unixSeconds) < 60)
                #expect(receiver.hooks(at: "/sent").allSatisfy { $0.type == "message_sent" })
                // The id is the event's, wherever it is seen.
                let stored = try await maitre.sql("select id::text from app.events where type = 'message_received'")
                #expect(stored == [hook.id])
                try await maitre.drained()
                #expect(receiver.hooks(at: "/other").isEmpty)
                // Everything that was told is as openapi.yaml describes it.
                let check = try SchemaCheck.ofThisProject()
                for hook in receiver.hooks {
                    let data = try #require(try hook.json["data"])
                    let findings = try check.findings(inDataOf: hook.type, data.rawBytes)
                    #expect(findings == [], "\(hook.text)")
                }
                // The log says so.
                let log = try await maitre.deliveries(0, "endpointId=\(all.id)&type=message_received")
                let entry = try #require(log.first)
                #expect(log.count == 1)
                #expect(entry["state"]?.string == "delivered")
                #expect(entry["eventId"]?.string == hook.id)
                let one = try await maitre.owner(0, .GET, "/webhook-deliveries/\(entry["id"]?.string ?? "")").json
                #expect(one["body"]?.string == hook.text)
                #expect(one["log"]?.elements.map { $0["status"]?.int } == [200])
            }
        }
    }

    @Test("H3: a failed delivery is tried again with the same id and body and a signature of its own, until it is heard")
    func retries() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run({ _, earlier in
                switch earlier {
                case 0: .init(status: 500, body: "down: " + String(repeating: "x", count: 5000))
                case 1: .init(status: 302, headers: [("location", "http://127.0.0.1:1/")])
                case 2: .init(status: 200, delay: .seconds(4))
                default: .init(status: 204)
                }
            }) { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                try await maitre.happen(at: 0)
                try await maitre.eventually("it is delivered", timeout: .seconds(20)) {
                    try await maitre.deliveries(0, "endpointId=\(endpoint.id)").first?["state"]?.string == "delivered"
                }
                #expect(receiver.hooks.count == 4)
                #expect(Set(receiver.hooks.map(\.id)).count == 1)
                #expect(Set(receiver.hooks.map(\.text)).count == 1)
                #expect(receiver.hooks.allSatisfy { $0.signers([endpoint.secret]) == [0] })
                let id = try await maitre.deliveries(0, "endpointId=\(endpoint.id)").first?["id"]?.string ?? ""
                let one = try await maitre.owner(0, .GET, "/webhook-deliveries/\(id)").json
                #expect(one["attempts"]?.int == 4)
                let log = one["log"]?.elements ?? []
                #expect(log.map { $0["outcome"]?.string } == ["succeeded", "timed_out", "refused", "refused"])
                #expect(log.map { $0["status"]?.int } == [204, nil, 302, 500])
                // 2 KiB of the answer.
                #expect(log.last?["answer"]?.string?.utf8.count == 2048)
                #expect(try await maitre.read(endpoint)["failures"]?.int == 0)
            }
        }
    }

    @Test("H3: after the last try a delivery has failed, and it can be replayed: the same id and body, the secret of now")
    func givenUp() async throws {
        try await Installation.run(configure: { $0.testWebhooks { $0.schedule.delays = [.milliseconds(50), .milliseconds(50)] } }) {
            maitre in
            try await HookReceiver.run({ _, _ in .init(status: 503) }) { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                try await maitre.happen(at: 0, count: 3)
                try await maitre.eventually("all have failed") {
                    try await maitre.deliveries(0, "endpointId=\(endpoint.id)&state=failed").count == 3
                }
                #expect(receiver.hooks.count == 9)
                let first = try #require(receiver.hooks.first)
                receiver.answer { _, _ in .init() }
                let rolled = try await maitre.owner(
                    0,
                    .POST,
                    "/webhook-endpoints/\(endpoint.id)/roll-secret",
                    json: #"{"overlapSeconds":0}"#
                ).json
                let secret = rolled["secret"]?.string ?? ""
                // One.
                let failed = try await maitre.deliveries(0, "eventId=\(first.id)")
                let id = try #require(failed.first?["id"]?.string)
                let replayed = try await maitre.owner(0, .POST, "/webhook-deliveries/\(id)/replay")
                #expect(replayed.status == 202)
                #expect(try replayed.json["state"]?.string == "pending")
                try await maitre.eventually("it is delivered") { try await maitre.deliveries(0, "state=delivered").count == 1 }
                let again = try #require(receiver.hooks.last)
                #expect(again.id == first.id && again.body == first.body)
                #expect(first.signers([endpoint.secret, secret]) == [0])
                #expect(again.signers([endpoint.secret, secret]) == [1])
                // It has ended, so it may be replayed once more; one that is on its way may not.
                #expect(try await maitre.owner(0, .POST, "/webhook-deliveries/\(id)/replay").status == 202)
                // The rest, by time.
                let range = try await maitre.owner(
                    0,
                    .POST,
                    "/webhook-endpoints/\(endpoint.id)/replay",
                    json: #"{"from":"\#((Timestamp.now - .seconds(3600)).rfc3339)"}"#
                )
                #expect(range.status == 202)
                #expect(try range.json["replayed"]?.int == 2)
                #expect(try range.json["hasMore"]?.bool == false)
                try await maitre.eventually("all are delivered") { try await maitre.deliveries(0, "state=delivered").count == 3 }
                let later = try await maitre.owner(
                    0,
                    .POST,
                    "/webhook-endpoints/\(endpoint.id)/replay",
                    json: #"{"from":"\#((Timestamp.now + .seconds(3600)).rfc3339)"}"#
                )
                #expect(try later.json["replayed"]?.int == 0)
                try await maitre.drained()
            }
        }
    }

    @Test("H3: Retry-After is waited for")
    func retryAfter() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run({ _, earlier in
                earlier == 0 ? .init(status: 429, headers: [("retry-after", "2")]) : .init()
            }) { receiver in
                _ = try await maitre.endpoint(0, receiver.url())
                try await maitre.happen(at: 0)
                try await maitre.eventually("it is delivered") { receiver.hooks.count == 2 }
                #expect(receiver.hooks[1].at - receiver.hooks[0].at >= .milliseconds(1950))
            }
        }
    }

    @Test("H3: while a secret is replaced both sign; afterwards only the new one")
    func overlap() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                let answer = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/roll-secret")
                #expect(answer.status == 200)
                let second = try answer.json["secret"]?.string ?? ""
                let expires = try #require(try answer.json["previousExpiresAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
                #expect(abs((expires - Timestamp.now).components.seconds - 86_400) < 60)
                try await maitre.happen(at: 0)
                try await maitre.eventually("it is told") { receiver.hooks.count == 1 }
                #expect(receiver.hooks[0].signers([endpoint.secret, second]) == [0, 1])
                _ = try await maitre.sql(
                    "with x as (update app.webhook_secrets set expires_at = now() - interval '1 second' where expires_at is not null returning 1) select ''"
                )
                try await maitre.happen(at: 0)
                try await maitre.eventually("it is told") { receiver.hooks.count == 2 }
                #expect(receiver.hooks[1].signers([endpoint.secret, second]) == [1])
                // What is stored is sealed, and was shown once.
                let stored = try await maitre.sql("select encode(secret_sealed, 'escape') from app.webhook_secrets")
                #expect(stored.count == 2 && stored.allSatisfy { !$0.contains("whsec_") })
                let shown = try await maitre.owner(0, .GET, "/webhook-endpoints/\(endpoint.id)")
                #expect(!String(decoding: shown.body, as: UTF8.self).contains("whsec_"))
            }
        }
    }

    @Test("H3: what happens during a pause is held and sent when it is resumed, also while it is being paused and resumed")
    func pause() async throws {
        try await Installation.run(configure: { $0.testWebhooks() }) { maitre in
            try await HookReceiver.run { receiver in
                let endpoint = try await maitre.endpoint(0, receiver.url())
                #expect(try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/pause").status == 200)
                try await maitre.happen(at: 0, count: 5)
                try await maitre.eventually("they are held") { try await maitre.deliveries(0, "state=held").count == 5 }
                #expect(receiver.hooks.isEmpty)
                #expect(try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/resume").json["status"]?.string == "active")
                try await maitre.eventually("they are sent") { receiver.hooks.count == 5 }
                // Back and forth under load: nothing stays held.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for _ in 0..<20 { try await maitre.happen(at: 0, count: 10) }
                    }
                    group.addTask {
                        for _ in 0..<15 {
                            _ = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/pause")
                            try await Task.sleep(for: .milliseconds(30))
                            _ = try await maitre.owner(0, .POST, "/webhook-endpoints/\(endpoint.id)/resume")
                            try await Task.sleep(for: .milliseconds(30))
                        }
                    }
                    try await group.waitForAll()
                }
                try await maitre.eventually("all are delivered") {
                    try await maitre.sql("select count(*)::text from app.webhook_deliveries where state = 'delivered'") == ["205"]
                }
                #expect(Set(receiver.hooks.map(\.id)).count == 205)
                #expect(receiver.hooks.count == 205)
            }
        }
    }
}

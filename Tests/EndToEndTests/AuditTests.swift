import Core
import Foundation
import NIOHTTP1
import Testing

@testable import maitre

/// A8 over HTTP: every change has its entry, which says who, what and from where.
@Suite struct AuditTests {
    @Test("A8: a change is in the log with its actor, address and request id, and only in its restaurant's")
    func changes() async throws {
        try await Installation.run { maitre in
            let made = try await maitre.owner(
                0,
                .POST,
                "/bots",
                headers: [("X-Request-Id", "audit-1"), ("User-Agent", "tester/1")],
                json: #"{"name":"Second"}"#
            )
            #expect(made.status == 201)
            let bot = try made.json["id"]?.string
            let channel = try await maitre.channel(0)["id"]?.string
            let chat = try await maitre.greet("966500000001", at: 0)
            #expect(try await chat.setMode("agent").status == 200)
            #expect(try await maitre.changeChannel(0, #"{"accessToken":"EAAsecretsecret","messagesPerSecond":5}"#).status == 200)

            let entries = try await maitre.owner(0, .GET, "/audit-log?limit=3").json["data"]?.elements ?? []
            #expect(entries.map { $0["action"]?.string } == ["channel.updated", "conversation.updated", "bot.created"])
            let (update, conversation, creation) = (entries[0], entries[1], entries[2])
            #expect(creation["subject"]?["type"]?.string == "bot" && creation["subject"]?["id"]?.string == bot)
            #expect(creation["requestId"]?.string == "audit-1")
            #expect(creation["actor"]?["kind"]?.string == "personal_access_token")
            #expect(creation["actor"]?["personId"]?.string != nil && creation["actor"]?["credentialId"]?.string != nil)
            #expect(creation["actor"]?["address"]?.string == "127.0.0.1")
            #expect(creation["actor"]?["userAgent"]?.string == "tester/1")
            #expect(creation["outcome"]?.string == "done" && creation["count"]?.int == 1)
            #expect(update["subject"]?["id"]?.string == channel)
            #expect(update["details"]?["fields"]?.elements.compactMap(\.string) == ["accessToken", "messagesPerSecond"])
            #expect(conversation["details"]?["mode"]?.string == "agent")
            // Never what was set.
            #expect(!(update.rawText.contains("EAAsecret")))

            let other = try await maitre.owner(1, .GET, "/audit-log?limit=100").json["data"]?.elements ?? []
            #expect(!other.isEmpty && other.allSatisfy { $0["merchantId"]?.string == maitre.demo.merchants[1].restaurantId })

            // What was refused has changed nothing, so it says nothing.
            #expect(try await maitre.changeChannel(0, #"{"messagesPerSecond":0}"#).status == 422)
            let missing = try await maitre.owner(
                0,
                .PATCH,
                "/bots/\(bot ?? "")/channels/\(channel ?? "")",
                json: #"{"messagesPerSecond":6}"#
            )
            #expect(missing.status == 404)
            #expect(try await maitre.owner(0, .PATCH, "/conversations/\(UUID.v7().lowercased)", json: #"{"mode":"bot"}"#).status == 404)
            let after = try await maitre.owner(0, .GET, "/audit-log?limit=1").json["data"]?.elements.first
            #expect(after?["id"]?.string == update["id"]?.string)
        }
    }

    @Test("A8: the platform key reads everything, or one restaurant's; an owner pages through its own with filters")
    func reading() async throws {
        try await Installation.run { maitre in
            let (key, first) = (maitre.demo.platformKey, maitre.demo.merchants[0].restaurantId)
            let all = try await maitre.request(.GET, "/api/v1/audit-log?limit=100", token: key).json["data"]?.elements ?? []
            #expect(Set(all.map { $0["merchantId"]?.string }).count == 4)
            #expect(all.contains { $0["merchantId"]?.isNull == true && $0["action"]?.string == "credential.created" })
            let one = try await maitre.request(.GET, "/api/v1/audit-log", token: key, restaurant: first).json["data"]?.elements ?? []
            #expect(!one.isEmpty && one.allSatisfy { $0["merchantId"]?.string == first })

            let bots = try await maitre.owner(0, .GET, "/audit-log?action=bot.created").json["data"]?.elements ?? []
            #expect(bots.count == 1)
            #expect(try await maitre.owner(0, .GET, "/audit-log?outcome=refused").json["data"]?.elements.isEmpty == true)
            #expect(try await maitre.owner(0, .GET, "/audit-log?to=2020-01-01T00:00:00Z").json["data"]?.elements.isEmpty == true)
            #expect(try await maitre.owner(0, .GET, "/audit-log?actor=\(UUID.v7().lowercased)").json["data"]?.elements.isEmpty == true)
            let page = try await maitre.owner(0, .GET, "/audit-log?limit=1").json
            let cursor = page["nextCursor"]?.string ?? ""
            #expect(try await maitre.owner(0, .GET, "/audit-log?limit=1&cursor=\(cursor)").status == 200)
            // A cursor belongs to its list: neither another restaurant's, nor the platform's view of the same one.
            #expect(try await maitre.owner(1, .GET, "/audit-log?limit=1&cursor=\(cursor)").status == 400)
            let platform = try await maitre.request(.GET, "/api/v1/audit-log?cursor=\(cursor)", token: key, restaurant: first)
            #expect(platform.status == 400)
            for query in ["action=no.such", "outcome=maybe", "actor=x", "from=yesterday"] {
                #expect(try await maitre.owner(0, .GET, "/audit-log?\(query)").status == 422, "\(query)")
            }
            #expect(try await maitre.request(.GET, "/api/v1/audit-log", token: maitre.demo.merchants[0].pat).status == 400)
        }
    }
}

import Core
import NIOHTTP1
import Testing

@testable import maitre

/// A3–A5 over HTTP: people and keys make, list, roll and revoke credentials.
@Suite struct CredentialRouteTests {
    @Test("A4: a key is made, shown without its token, used, rolled with an overlap and revoked")
    func life() async throws {
        try await Installation.run { maitre in
            let made = try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"till","scopes":["bots:read","bots:read"]}"#)
            #expect(made.status == 201)
            let (id, token) = (try made.json["id"]?.string ?? "", try made.json["token"]?.string ?? "")
            #expect(made.headers.first(name: "Location") == "/api/v1/api-keys/\(id)")
            #expect(made.headers.first(name: "Cache-Control") == "no-store")
            #expect(try made.json["scopes"]?.elements.compactMap(\.string) == ["bots:read"])
            let lastFour = try made.json["lastFour"]?.string ?? "-"
            #expect(token.hasPrefix("mtr_live_") && token.hasSuffix(lastFour))
            #expect(try made.json["createdBy"]?["kind"]?.string == "personal_access_token")

            // X-API-Key, as integrations send it, and without X-Restaurant-Id.
            let bots = try await maitre.request(.GET, "/api/v1/bots", headers: [("X-API-Key", token)])
            #expect(bots.status == 200)
            #expect(try bots.json["data"]?.elements.first?["id"]?.string == maitre.demo.merchants[0].botId)
            #expect(try await maitre.request(.POST, "/api/v1/bots", token: token, json: #"{"name":"x"}"#).status == 403)
            #expect(try await maitre.request(.GET, "/api/v1/api-keys", token: token).status == 403)

            let found = try await maitre.owner(0, .GET, "/api-keys/\(id)")
            #expect(found.status == 200)
            let listed = try await maitre.owner(0, .GET, "/api-keys?limit=1")
            for answer in [found, listed] { #expect(!String(decoding: answer.body, as: UTF8.self).contains(token.dropFirst(9))) }
            #expect(try listed.json["data"]?.elements.first?["status"]?.string == "active")
            #expect(try await maitre.owner(1, .GET, "/api-keys/\(id)").status == 404)
            #expect(try await maitre.owner(1, .DELETE, "/api-keys/\(id)").status == 404)
            #expect(try await maitre.owner(1, .POST, "/api-keys/\(id)/roll").status == 404)

            let rolled = try await maitre.owner(0, .POST, "/api-keys/\(id)/roll", json: #"{"overlapSeconds":2}"#)
            #expect(rolled.status == 201)
            let successor = try rolled.json["token"]?.string ?? ""
            #expect(successor != token)
            #expect(try await maitre.request(.GET, "/api/v1/bots", token: token).status == 200)
            #expect(try await maitre.request(.GET, "/api/v1/bots", token: successor).status == 200)
            let replacedBy = try await maitre.owner(0, .GET, "/api-keys/\(id)").json["replacedBy"]?.string
            #expect(try rolled.json["id"]?.string == replacedBy)
            #expect(try await maitre.owner(0, .POST, "/api-keys/\(id)/roll").status == 409)
            try await maitre.eventually("the overlap ends", timeout: .seconds(5)) {
                try await maitre.request(.GET, "/api/v1/bots", token: token).status == 401
            }
            let next = try rolled.json["id"]?.string ?? ""
            #expect(try await maitre.owner(0, .DELETE, "/api-keys/\(next)").status == 204)
            #expect(try await maitre.owner(0, .DELETE, "/api-keys/\(next)").status == 204)
            try await maitre.eventually("the revocation arrives", timeout: .seconds(2)) {
                try await maitre.request(.GET, "/api/v1/bots", token: successor).status == 401
            }
            #expect(try await maitre.owner(0, .GET, "/api-keys/\(next)").json["status"]?.string == "revoked")
            let actions = try await maitre.owner(0, .GET, "/audit-log?limit=3&outcome=done").json["data"]?.elements.compactMap {
                $0["action"]?.string
            }
            #expect(actions == ["credential.revoked", "credential.rolled", "credential.created"])
            let log = try await maitre.owner(0, .GET, "/audit-log?limit=100")
            for secret in [token, successor] { #expect(!String(decoding: log.body, as: UTF8.self).contains(secret.suffix(12))) }
        }
    }

    @Test("A4: every wrong field of a new key is named, unknown scopes by name")
    func validation() async throws {
        try await Installation.run { maitre in
            let wrong = try await maitre.owner(
                0,
                .POST,
                "/api-keys",
                json: #"{"name":"","scopes":["bots:read","admin","no:such",7],"expiresAt":"2020-01-01T00:00:00Z","merchantId":"x"}"#
            )
            #expect(wrong.status == 422)
            let errors = try wrong.json["errors"]?.elements ?? []
            #expect(
                Set(errors.compactMap { $0["pointer"]?.string }) == [
                    "/name", "/scopes/1", "/scopes/2", "/scopes/3", "/expiresAt", "/merchantId",
                ]
            )
            #expect(errors.contains { $0["message"]?.string?.contains("no:such") == true })
            for json in [#"{"name":"x","scopes":[]}"#, #"{"name":"x"}"#, #"{"name":"x","scopes":"bots:read"}"#] {
                #expect(try await maitre.owner(0, .POST, "/api-keys", json: json).status == 422, "\(json)")
            }
            #expect(
                try await maitre.owner(0, .POST, "/api-keys/\(maitre.demo.merchants[0].botId)/roll", json: #"{"overlapSeconds":604801}"#)
                    .status == 422
            )
        }
    }

    @Test("A5: a person's tokens are their own, never wider than the one that makes them, and need no restaurant")
    func tokens() async throws {
        try await Installation.run { maitre in
            let pat = maitre.demo.merchants[0].pat
            let path = "/api/v1/personal-access-tokens"
            let made = try await maitre.request(.POST, path, token: pat, json: #"{"name":"phone","scopes":["keys:manage","bots:read"]}"#)
            #expect(made.status == 201)
            let narrow = try made.json["token"]?.string ?? ""
            #expect(narrow.hasPrefix("mtr_pat_"))
            let wider = try await maitre.request(.POST, path, token: narrow, json: #"{"name":"x","scopes":["bots:read","messages:send"]}"#)
            #expect(wider.status == 403)
            #expect(try wider.json["detail"]?.string?.contains("messages:send") == true)
            let first = try await maitre.request(.GET, path, token: pat).json["data"]?.elements.last?["id"]?.string ?? ""
            #expect(try await maitre.request(.POST, path + "/\(first)/roll", token: narrow).status == 403)
            let reader = try await maitre.request(.POST, path, token: pat, json: #"{"name":"r","scopes":["bots:read"]}"#).json["token"]?
                .string
            #expect(try await maitre.request(.GET, path, token: reader).status == 403)
            // Neither keys nor other people have them.
            let key = try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"k","scopes":["keys:manage"]}"#).json["token"]?.string
            #expect(try await maitre.request(.GET, path, token: key).status == 403)
            #expect(try await maitre.admin(.GET, "/personal-access-tokens").status == 403)
            let id = try made.json["id"]?.string ?? ""
            #expect(try await maitre.request(.GET, path + "/\(id)", token: maitre.demo.merchants[1].pat).status == 404)
            #expect(try await maitre.owner(0, .GET, "/api-keys/\(id)").status == 404)
            #expect(try await maitre.request(.DELETE, path + "/\(id)", token: pat).status == 204)
            try await maitre.eventually("the token is gone", timeout: .seconds(2)) {
                try await maitre.request(.GET, path, token: narrow).status == 401
            }
        }
    }

    @Test("A3: platform keys make and end each other; nobody else does")
    func platformKeys() async throws {
        try await Installation.run { maitre in
            let made = try await maitre.admin(.POST, "/platform-keys", json: #"{"name":"backup","scopes":["admin"]}"#)
            #expect(made.status == 201)
            let (id, token) = (try made.json["id"]?.string ?? "", try made.json["token"]?.string ?? "")
            #expect(try await maitre.request(.GET, "/api/v1/merchants", token: token).status == 200)
            #expect(try await maitre.admin(.GET, "/platform-keys").json["data"]?.elements.count == 2)
            #expect(try await maitre.owner(0, .GET, "/platform-keys").status == 403)
            #expect(try await maitre.admin(.POST, "/platform-keys", json: #"{"name":"x","scopes":["bots:read"]}"#).status == 422)
            // A platform key makes a restaurant's keys too, when it says for which.
            let restaurant = maitre.demo.merchants[1].restaurantId
            let key = try await maitre.admin(.POST, "/api-keys", at: restaurant, json: #"{"name":"x","scopes":["bots:read"]}"#)
            #expect(key.status == 201)
            #expect(try await maitre.admin(.POST, "/api-keys", json: #"{"name":"x","scopes":["bots:read"]}"#).status == 400)
            #expect(try await maitre.admin(.DELETE, "/platform-keys/\(id)").status == 204)
            try await maitre.eventually("it is gone", timeout: .seconds(2)) {
                try await maitre.request(.GET, "/api/v1/merchants", token: token).status == 401
            }
        }
    }
}

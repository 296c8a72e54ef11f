import Core
import Foundation
import NIOHTTP1
import Testing

@testable import maitre

/// `api.md` 4, rule 7, over HTTP: every POST that creates takes an `Idempotency-Key`.
@Suite struct IdempotencyTests {
    /// An operation that creates, with everything it needs there.
    private struct Creation: Sendable {
        let name: String
        let path: String
        /// Where its effects are counted.
        let counted: String
        let caller: (token: String, restaurant: String?)
        /// The only member that differs between two bodies is in here.
        let body: @Sendable (Int) -> String
        /// Everybody of the restaurant gets its answers again, not the asking credential alone.
        var isRestaurants = false

        func send(_ maitre: Installation, _ key: String?, _ number: Int = 1, base: String = "/api/v1") async throws -> Answer {
            try await send(maitre, key, json: body(number), base: base, by: caller)
        }

        func send(
            _ maitre: Installation,
            _ key: String?,
            json: String,
            base: String = "/api/v1",
            by caller: (token: String, restaurant: String?)
        ) async throws -> Answer {
            try await maitre.request(
                .POST,
                base + path,
                token: caller.token,
                restaurant: caller.restaurant,
                headers: key.map { [("Idempotency-Key", $0)] } ?? [],
                json: json
            )
        }

        func effects(_ maitre: Installation) async throws -> Int {
            try await Int(maitre.sql("select count(*)::text from \(counted)").first ?? "") ?? -1
        }
    }

    private static func creations(_ maitre: Installation) async throws -> [Creation] {
        let restaurant = maitre.demo.merchants[0].restaurantId
        let owner = (token: maitre.demo.merchants[0].pat, restaurant: String?(restaurant))
        let platform = (token: maitre.demo.platformKey, restaurant: String?.none)
        // Only who is logged in, or the platform, invites people.
        let platformThere = (token: maitre.demo.platformKey, restaurant: String?(restaurant))
        let marks = ["api-keys": owner, "platform-keys": platform, "personal-access-tokens": owner]
        var creations = [
            Creation(name: "createMerchant", path: "/merchants", counted: "platform.merchants", caller: platform) {
                #"{"name":"R\#($0)","timeZone":"Asia/Riyadh","locale":"ar","currency":"SAR"}"#
            },
            Creation(
                name: "createBot",
                path: "/bots",
                counted: "app.bots",
                caller: owner,
                body: { #"{"name":"B\#($0)"}"# },
                isRestaurants: true
            ),
            Creation(
                name: "createChannel",
                path: "/bots/\(maitre.demo.merchants[0].botId)/channels",
                counted: "app.channels",
                caller: owner,
                body: { number in
                    """
                    {"provider":"meta","phoneNumberId":"77001\(number)","wabaId":"77","displayNumber":"+96650000770\(number)","appId":"7700",
                    "appSecret":"0123456789abcdef","accessToken":"EAAtoken","verifyToken":"a word to verify"}
                    """
                },
                isRestaurants: true
            ),
            Creation(name: "createInvitation", path: "/team/invitations", counted: "platform.invitations", caller: platformThere) {
                #"{"email":"new\#($0)@example.com","role":"agent"}"#
            },
            Creation(
                name: "createPlatformInvitation",
                path: "/platform-admins/invitations",
                counted: "platform.invitations",
                caller: platform
            ) { #"{"email":"admin\#($0)@example.com"}"# },
        ]
        for (path, caller) in marks.sorted(by: { $0.key < $1.key }) {
            let scope = path == "platform-keys" ? "admin" : "bots:read"
            let create = Creation(name: "create \(path)", path: "/\(path)", counted: "platform.credentials", caller: caller) {
                #"{"name":"K\#($0)","scopes":["\#(scope)"]}"#
            }
            creations.append(create)
            guard let id = try await create.send(maitre, nil, 9).json["id"]?.string else { throw TestFailure("no \(path)") }
            creations.append(
                Creation(name: "roll \(path)", path: "/\(path)/\(id)/roll", counted: "platform.credentials", caller: caller) {
                    #"{"overlapSeconds":\#(3600 + $0)}"#
                }
            )
        }
        return creations
    }

    /// The header fields that say what was made.
    private static func fields(_ answer: Answer) -> [String?] {
        ["Location", "ETag", "Content-Type"].map { answer.headers.first(name: $0) }
    }

    private static func isReplay(_ answer: Answer) -> Bool { answer.headers.first(name: "Idempotent-Replayed") == "true" }

    @Test("A repetition gets the same status, bytes and header fields, under every base, and has no effect; another body is 422")
    func replay() async throws {
        try await Installation.run { maitre in
            let creations = try await Self.creations(maitre)
            #expect(creations.count == 11)
            for creation in creations {
                let before = try await creation.effects(maitre)
                let first = try await creation.send(maitre, "once")
                #expect(first.status == 201, "\(creation.name): \(String(decoding: first.body, as: UTF8.self))")
                #expect(!Self.isReplay(first) && first.headers.first(name: "Location") != nil, "\(creation.name)")
                for base in ["/api/v1", "/api", "/api/v1"] {
                    let again = try await creation.send(maitre, "once", base: base)
                    #expect(again.status == 201 && again.body == first.body && Self.isReplay(again), "\(creation.name) under \(base)")
                    #expect(Self.fields(again) == Self.fields(first), "\(creation.name)")
                    #expect(again.headers.first(name: "Cache-Control") == "no-store", "\(creation.name)")
                }
                let other = try await creation.send(maitre, "once", 2)
                #expect(other.status == 422, "\(creation.name)")
                #expect(try other.json["code"]?.string == "idempotency_key_reused", "\(creation.name)")
                #expect(try await creation.effects(maitre) == before + 1, "\(creation.name)")
                // What was made is there, at the address that both answers name.
                let found = try await maitre.request(
                    .GET,
                    first.headers.first(name: "Location") ?? "",
                    token: creation.caller.token,
                    restaurant: creation.caller.restaurant
                )
                #expect(found.status == 200, "\(creation.name)")
            }
            let malformed = try await creations[0].send(maitre, "two words")
            #expect(try malformed.json["code"]?.string == "invalid_idempotency_key")
        }
    }

    @Test("Eight of the same at once have one effect and one answer")
    func atOnce() async throws {
        try await Installation.run { maitre in
            for creation in try await Self.creations(maitre) {
                let before = try await creation.effects(maitre)
                let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for _ in 0..<8 { group.addTask { try await creation.send(maitre, "race") } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.map(\.status) == Array(repeating: 201, count: 8), "\(creation.name)")
                #expect(Set(answers.map(\.body)).count == 1, "\(creation.name)")
                #expect(answers.count { !Self.isReplay($0) } == 1, "\(creation.name)")
                #expect(try await creation.effects(maitre) == before + 1, "\(creation.name)")
            }
        }
    }

    @Test("A request that was refused leaves its key as good as new")
    func refused() async throws {
        try await Installation.run { maitre in
            for creation in try await Self.creations(maitre) {
                let before = try await creation.effects(maitre)
                let wrong = try await creation.send(maitre, "k", json: #"{"unknown":true}"#, by: creation.caller)
                #expect(wrong.status == 422, "\(creation.name)")
                #expect(try await creation.effects(maitre) == before, "\(creation.name)")
                let right = try await creation.send(maitre, "k")
                #expect(right.status == 201 && !Self.isReplay(right), "\(creation.name)")
            }
            // Refused by the state of things, and then no more: a number that is somebody's.
            let channel = try #require(try await Self.creations(maitre).first { $0.name == "createChannel" })
            let taken = channel.body(3).replacing("770013", with: maitre.number(1))
            #expect(try await channel.send(maitre, "taken", json: taken, by: channel.caller).status == 409)
            _ = try await maitre.sql("delete from platform.channel_routes where provider_number_id = '\(maitre.number(1))' returning ''")
            let free = try await channel.send(maitre, "taken", json: taken, by: channel.caller)
            #expect(free.status == 201 && !Self.isReplay(free))
        }
    }

    @Test("A12: a restaurant's key is its own, and an answer with a secret is the credential's that asked")
    func owners() async throws {
        try await Installation.run { maitre in
            let restaurant = maitre.demo.merchants[0].restaurantId
            let scopes = #"["bots:read","bots:write","keys:manage"]"#
            let path = "/personal-access-tokens"
            let token = try await maitre.owner(0, .POST, path, json: #"{"name":"second","scopes":\#(scopes)}"#).json["token"]?.string
            let second = (token: try #require(token), restaurant: String?(restaurant))
            let admin = try await maitre.admin(.POST, "/platform-keys", json: #"{"name":"second","scopes":["admin"]}"#).json["token"]?
                .string
            let other = (token: maitre.demo.merchants[1].pat, restaurant: String?(maitre.demo.merchants[1].restaurantId))
            for creation in try await Self.creations(maitre) {
                let body = creation.body(1)
                let first = try await creation.send(maitre, "shared")
                #expect(first.status == 201)
                // Another credential with the same rights: of the same person, or another platform key.
                let isPlatform = creation.caller.token == maitre.demo.platformKey
                let another = isPlatform ? (token: try #require(admin), restaurant: creation.caller.restaurant) : second
                let answer = try await creation.send(maitre, "shared", json: body, by: another)
                #expect(Self.isReplay(answer) == creation.isRestaurants, "\(creation.name)")
                #expect((answer.body == first.body) == creation.isRestaurants, "\(creation.name)")
                // The same credential where it names another restaurant, or one at all, is another request; another restaurant's credential always.
                if isPlatform {
                    let there = try await creation.send(
                        maitre,
                        "shared",
                        json: body,
                        by: (creation.caller.token, creation.caller.restaurant == nil ? restaurant : other.restaurant)
                    )
                    #expect(!Self.isReplay(there) && there.body != first.body, "\(creation.name)")
                } else {
                    let there = try await creation.send(maitre, "shared", json: body, by: other)
                    #expect(!Self.isReplay(there) && there.body != first.body, "\(creation.name)")
                }
                // And its own answer is still there.
                #expect(try await creation.send(maitre, "shared").body == first.body, "\(creation.name)")
            }
        }
    }

    @Test("Rights come before a repetition: of a revoked credential, a suspended restaurant, a lesser role nothing is answered again")
    func access() async throws {
        try await Installation.run { maitre in
            let scopes = #"["bots:write","keys:manage"]"#
            let made = try await maitre.owner(0, .POST, "/personal-access-tokens", json: #"{"name":"x","scopes":\#(scopes)}"#).json
            let (id, token) = (try #require(made["id"]?.string), try #require(made["token"]?.string))
            let restaurant = maitre.demo.merchants[0].restaurantId
            let requests = [("/bots", #"{"name":"B"}"#), ("/api-keys", #"{"name":"K","scopes":["bots:write"]}"#)]
            @Sendable func send(_ token: String) async throws -> [Answer] {
                var answers: [Answer] = []
                for (path, json) in requests {
                    let headers = [("Idempotency-Key", "rights")]
                    answers.append(
                        try await maitre.request(
                            .POST,
                            "/api/v1" + path,
                            token: token,
                            restaurant: restaurant,
                            headers: headers,
                            json: json
                        )
                    )
                }
                return answers
            }
            #expect(try await send(token).map(\.status) == [201, 201])
            #expect(try await send(token).allSatisfy(Self.isReplay))

            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend").status == 200)
            try await maitre.eventually("the suspension arrives", timeout: .seconds(3)) {
                try await send(token).allSatisfy { $0.status == 403 && !Self.isReplay($0) }
            }
            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/reactivate").status == 200)
            try await maitre.eventually("and its end", timeout: .seconds(3)) { try await send(token).allSatisfy(Self.isReplay) }

            _ = try await maitre.sql("update platform.memberships set role = 'agent' where merchant_id = '\(restaurant)' returning ''")
            try await maitre.eventually("the role is a lesser one", timeout: .seconds(3)) {
                try await send(token).allSatisfy { $0.status == 403 && !Self.isReplay($0) }
            }
            _ = try await maitre.sql("update platform.memberships set role = 'owner' where merchant_id = '\(restaurant)' returning ''")
            try await maitre.eventually("and the old one again", timeout: .seconds(3)) { try await send(token).allSatisfy(Self.isReplay) }

            #expect(try await maitre.request(.DELETE, "/api/v1/personal-access-tokens/\(id)", token: token).status == 204)
            // The key's token is not handed out again from this moment, whatever nodes still believe.
            #expect(try await send(token)[1].status == 401)
            try await maitre.eventually("the revocation arrives", timeout: .seconds(3)) {
                try await send(token).allSatisfy { $0.status == 401 && !Self.isReplay($0) }
            }
        }
    }

    @Test("A10: no token and no link of an answer that is kept can be read in the database")
    func sealed() async throws {
        try await Installation.run { maitre in
            var secrets: [String] = []
            for creation in try await Self.creations(maitre) {
                let json = try await creation.send(maitre, "sealed").json
                secrets += [json["token"]?.string, json["link"]?.string].compactMap { $0 }
            }
            #expect(secrets.count == 8)
            let rows =
                try await maitre.sql("select to_jsonb(k)::text from platform.idempotency_keys k")
                + maitre.sql("select to_jsonb(k)::text || encode(k.body, 'escape') from app.idempotency_keys k")
            #expect(rows.count == 11)
            for secret in secrets {
                let hexadecimal = Array(secret.utf8).hexadecimal
                #expect(rows.allSatisfy { !$0.contains(secret) && !$0.contains(hexadecimal) })
            }
        }
    }
}

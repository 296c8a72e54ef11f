import Core
import Foundation
import NIOHTTP1
import Tenancy
import Testing

@testable import maitre

/// A6, A7: people and their sessions over real HTTP, cookies included.
@Suite(.serialized) struct AccountTests {
    /// A browser with its cookies.
    struct Browser {
        let maitre: Installation
        var cookies: [String: String] = [:]
        var accessToken = ""

        init(_ maitre: Installation) { self.maitre = maitre }

        var cookieHeader: String { cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ") }

        mutating func post(_ path: String, json: String? = nil, headers: [(String, String)]? = nil) async throws -> Answer {
            var all = headers ?? [("Origin", maitre.baseURL)]
            if !cookies.isEmpty { all.append(("Cookie", cookieHeader)) }
            let answer = try await maitre.request(.POST, "/api/v1" + path, headers: all, json: json)
            for line in answer.headers[canonicalForm: "set-cookie"] {
                let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                cookies[pair[0]] = pair[1].isEmpty ? nil : pair[1]
            }
            if let token = try? answer.json["accessToken"]?.string { accessToken = token }
            return answer
        }

        mutating func logIn(_ email: String, _ password: String, more: String = "") async throws -> Answer {
            try await post("/auth/login", json: #"{"email":"\#(email)","password":"\#(password)"\#(more)}"#)
        }

        func get(_ path: String, at restaurant: String? = nil) async throws -> Answer {
            try await call(.GET, path, at: restaurant)
        }

        func call(_ method: HTTPMethod, _ path: String, at restaurant: String? = nil, json: String? = nil) async throws -> Answer {
            var headers = [("Authorization", "Bearer \(accessToken)")]
            if let restaurant { headers.append(("X-Restaurant-Id", restaurant)) }
            return try await maitre.request(method, "/api/v1" + path, headers: headers, json: json)
        }
    }

    private func owner(_ maitre: Installation, _ index: Int = 0) throws -> (email: String, password: String, restaurant: String) {
        let merchant = maitre.demo.merchants[index]
        return (try #require(merchant.email), try #require(merchant.password), merchant.restaurantId)
    }

    @Test("A6: login, a read with the session, refresh by the cookie alone, logout; cookies are __Host-, HttpOnly, Secure, SameSite=Strict")
    func session() async throws {
        try await Installation.run { maitre in
            let (email, password, restaurant) = try owner(maitre)
            var browser = Browser(maitre)
            let login = try await browser.logIn(email, password)
            #expect(login.status == 200)
            #expect(try login.json["person"]?["email"]?.string == email)
            #expect(try login.json["person"]?["restaurants"]?.elements.first?["role"]?.string == "owner")
            #expect(try login.json["expiresIn"]?.int == 600)
            #expect(!String(decoding: login.body, as: UTF8.self).contains("mtr_ref_"))
            let lines = login.headers[canonicalForm: "set-cookie"]
            #expect(lines.count == 2)
            for line in lines {
                #expect(line.hasPrefix("__Host-maitre_"))
                for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age="] {
                    #expect(line.contains(attribute), "\(line)")
                }
                #expect(!line.contains("Domain"))
            }
            #expect(try await browser.get("/conversations", at: String(restaurant)).status == 200)
            #expect(try await browser.get("/conversations").json["code"]?.string == "restaurant_required")
            let foreign = maitre.demo.merchants[1].restaurantId
            #expect(try await browser.get("/conversations", at: foreign).json["code"]?.string == "restaurant_forbidden")
            #expect(try await browser.get("/me").json["email"]?.string == email)
            #expect(try await browser.get("/merchants").status == 403)

            let before = browser.accessToken
            let old = browser.cookies
            #expect(try await browser.post("/auth/refresh").status == 200)
            #expect(browser.accessToken != before)
            #expect(browser.cookies["__Host-maitre_refresh"] != old["__Host-maitre_refresh"])
            #expect(try await browser.get("/auth/sessions").json["data"]?.elements.count == 1)

            #expect(try await browser.post("/auth/logout").status == 204)
            #expect(browser.cookies["__Host-maitre_refresh"] == nil)
            #expect(browser.cookies["__Host-maitre_device"] != nil)
            let out = browser
            try await maitre.eventually("the session is over within a second") { try await out.get("/me").status == 401 }
            #expect(try await browser.post("/auth/refresh").json["code"]?.string == "credential_required")
            browser.cookies = old
            #expect(try await browser.post("/auth/refresh").json["code"]?.string == "invalid_credential")
        }
    }

    @Test("J15: what a page of another site sends is refused, and so is a cookie without an origin")
    func crossSite() async throws {
        try await Installation.run(configure: { $0.origins = ["https://dashboard.example.com"] }) { maitre in
            let (email, password, _) = try owner(maitre)
            var browser = Browser(maitre)
            #expect(try await browser.logIn(email, password).status == 200)
            let kept = browser.cookies
            for headers in [
                [("Origin", "https://evil.example.com")], [("Origin", "null")], [("Origin", "http://127.0.0.1:1")],
                [("Sec-Fetch-Site", "cross-site")],
                [("Sec-Fetch-Site", "same-site")], [], [("Origin", maitre.baseURL + ".evil.example.com")],
            ] {
                for path in ["/auth/refresh", "/auth/logout"] {
                    let answer = try await browser.post(path, headers: headers)
                    #expect(answer.status == 403, "\(path) \(headers)")
                    #expect(try answer.json["code"]?.string == "cross_site_request")
                }
            }
            #expect(browser.cookies == kept)
            // A login that another site forges would put the victim into the attacker's account.
            let forged = try await maitre.request(
                .POST,
                "/api/v1/auth/login",
                headers: [("Origin", "https://evil.example.com"), ("Content-Type", "text/plain")],
                json: #"{"email":"\#(email)","password":"\#(password)"}"#
            )
            #expect(forged.status == 403)
            // A form's media type is no JSON.
            let form = try await maitre.request(
                .POST,
                "/api/v1/auth/login",
                headers: [("Content-Type", "text/plain")],
                json: #"{"email":"a@b.c","password":"x"}"#
            )
            #expect(form.status == 415)
            #expect(try await browser.post("/auth/refresh", headers: [("Origin", "https://dashboard.example.com")]).status == 200)
        }
    }

    @Test("J11: known and unknown addresses get the same status, bytes and header fields, at login and for a new password")
    func enumeration() async throws {
        try await Installation.run { maitre in
            let (email, _, _) = try owner(maitre)
            func shape(_ answer: Answer) throws -> String {
                let id = try #require(answer.headers["x-request-id"].first)
                let headers = answer.headers.filter { !["x-request-id", "date"].contains($0.name.lowercased()) }
                    .map { "\($0.name): \($0.value)" }.sorted().joined(separator: "\n")
                return "\(answer.status)\n\(headers)\n" + String(decoding: answer.body, as: UTF8.self).replacing(id, with: "")
            }
            var (one, other) = (Browser(maitre), Browser(maitre))
            let known = try await shape(one.logIn(email, "a wrong password"))
            #expect(known == (try await shape(other.logIn("nobody@example.com", "a wrong password"))))
            #expect(known.contains("login_failed"))
            let reset = try await shape(one.post("/auth/password-reset", json: #"{"email":"\#(email)"}"#))
            #expect(reset == (try await shape(one.post("/auth/password-reset", json: #"{"email":"nobody@example.com"}"#))))
            #expect(reset.hasPrefix("202"))
        }
    }

    @Test("A7: an owner invites by e-mail, the agent accepts, logs in and may do what agents may; another role counts within a second")
    func team() async throws {
        try await MailSink.run { sink in
            let url = sink.url
            try await Installation.run(configure: {
                $0.smtp = SMTPClient.Configuration(url: url, sender: "Maitre <no-reply@example.com>", allowsPlaintext: true)
            }) { maitre in
                let (email, password, restaurant) = try owner(maitre)
                var boss = Browser(maitre)
                _ = try await boss.logIn(email, password)
                // The server is away: nothing is lost.
                sink.setDown(true)
                let invited = try await boss.call(
                    .POST,
                    "/team/invitations",
                    at: restaurant,
                    json: #"{"email":"Agent@example.com","role":"agent"}"#
                )
                #expect(invited.status == 201)
                #expect(try invited.json["link"] == nil)
                let location = try #require(invited.headers["location"].first)
                #expect(
                    try await boss.get(String(location.dropFirst("/api/v1".count)), at: restaurant).json["email"]?.string
                        == "agent@example.com"
                )
                try await maitre.eventually("an attempt") { sink.connections > 0 }
                #expect(sink.messages.isEmpty)
                sink.setDown(false)
                _ = try await maitre.sql("update platform.emails set next_attempt_at = now() returning id::text")
                try await maitre.eventually("the e-mail") { sink.messages.count == 1 }
                let mail = sink.messages[0]
                #expect(mail.recipient == "agent@example.com")
                #expect(mail.sender == "no-reply@example.com")
                #expect(mail.content.contains("Subject: "))
                #expect(mail.text.contains("\(maitre.baseURL)/invite#token="))
                try await maitre.eventually("it is forgotten") { try await maitre.sql("select id::text from platform.emails").isEmpty }
                let token = String(mail.text.split(separator: "#token=")[1].prefix { !$0.isWhitespace })

                var agent = Browser(maitre)
                let offer = try await agent.post("/invitations/inspect", json: #"{"token":"\#(token)"}"#)
                #expect(try offer.json["restaurantName"]?.string == maitre.demo.merchants[0].name)
                #expect(try offer.json["hasPassword"]?.bool == false)
                let accepted = try await agent.post(
                    "/invitations/accept",
                    json: #"{"token":"\#(token)","name":"Amal","password":"a password of hers"}"#
                )
                #expect(accepted.status == 200)
                let person = try #require(try accepted.json["personId"]?.string)
                #expect(
                    try await agent.post("/invitations/accept", json: #"{"token":"\#(token)","name":"X","password":"a password of his"}"#)
                        .status == 422
                )
                #expect(try await agent.logIn("agent@example.com", "a password of hers").status == 200)
                #expect(try await agent.get("/conversations", at: restaurant).status == 200)
                #expect(try await agent.get("/team/invitations", at: restaurant).status == 403)
                let invite = try await agent.call(
                    .POST,
                    "/team/invitations",
                    at: restaurant,
                    json: #"{"email":"x@example.com","role":"owner"}"#
                )
                #expect(invite.status == 403)
                // Agents see names, not addresses but their own.
                let seen = try await agent.get("/team", at: restaurant).json["data"]?.elements ?? []
                #expect(seen.count == 2)
                #expect(seen.compactMap { $0["email"]?.string } == ["agent@example.com"])
                #expect(try await agent.call(.PATCH, "/team/\(person)", at: restaurant, json: #"{"role":"owner"}"#).status == 403)
                #expect(
                    try await boss.call(.PATCH, "/team/\(person)", at: restaurant, json: #"{"role":"manager","isAdmin":true}"#).status
                        == 422
                )

                #expect(try await boss.call(.PATCH, "/team/\(person)", at: restaurant, json: #"{"role":"owner"}"#).status == 200)
                let asOwner = agent
                try await maitre.eventually("the new role counts") {
                    try await asOwner.get("/team/invitations", at: restaurant).status == 200
                }
                // Out within a second.
                #expect(try await boss.call(.DELETE, "/team/\(person)", at: restaurant).status == 204)
                let start = ContinuousClock.now
                try await maitre.eventually("the removed member is out") {
                    try await asOwner.get("/conversations", at: restaurant).status == 403
                }
                #expect(ContinuousClock.now - start < .milliseconds(1200))
                let own = try #require(try await boss.get("/me").json["id"]?.string)
                #expect(try await boss.call(.PATCH, "/team/\(own)", at: restaurant, json: #"{"role":"agent"}"#).status == 403)
                #expect(try await boss.call(.DELETE, "/team/\(own)", at: restaurant).json["code"]?.string == "last_owner")

                // A recipient that does not exist is not tried for days.
                let refused = try await boss.call(
                    .POST,
                    "/team/invitations",
                    at: restaurant,
                    json: #"{"email":"refused@example.com","role":"agent"}"#
                )
                #expect(refused.status == 201)
                try await maitre.eventually("it is given up") { try await maitre.sql("select id::text from platform.emails").isEmpty }
            }
        }
    }

    @Test("A6: a second factor is set, asked for, and the account cannot be changed by a token")
    func secondFactor() async throws {
        try await Installation.run { maitre in
            let (email, password, restaurant) = try owner(maitre)
            var browser = Browser(maitre)
            _ = try await browser.logIn(email, password)
            var elsewhere = Browser(maitre)
            _ = try await elsewhere.logIn(email, password)
            #expect(try await browser.call(.POST, "/me/second-factor", json: #"{"password":"wrong"}"#).status == 422)
            let proposed = try await browser.call(.POST, "/me/second-factor", json: #"{"password":"\#(password)"}"#)
            let address = try #require(try proposed.json["otpauthUrl"]?.string)
            let secret = try #require(try proposed.json["secret"]?.string)
            #expect(address.hasPrefix("otpauth://totp/Maitre:") && address.contains("secret=\(secret)"))
            let confirmed = try await browser.call(.POST, "/me/second-factor/confirm", json: #"{"totp":"\#(try Self.code(secret))"}"#)
            let codes = try confirmed.json["recoveryCodes"]?.elements.compactMap(\.string) ?? []
            #expect(codes.count == 10)
            let other = elsewhere
            try await maitre.eventually("other sessions end") { try await other.get("/me").status == 401 }
            #expect(try await browser.get("/me").json["hasSecondFactor"]?.bool == true)
            #expect(try await elsewhere.logIn(email, password).json["code"]?.string == "second_factor_required")
            #expect(
                try await elsewhere.logIn(email, password, more: #","totp":"000000","recoveryCode":"XXXX-XXXX-XXXX-XXXX""#).status == 422
            )
            #expect(try await elsewhere.logIn(email, password, more: #","recoveryCode":"\#(codes[0])""#).status == 200)
            let pat = maitre.demo.merchants[0].pat
            for (method, path, json) in [
                (HTTPMethod.POST, "/me/password", #"{"currentPassword":"\#(password)","newPassword":"a new long one"}"#),
                (.GET, "/auth/sessions", nil),
                (.PATCH, "/me", #"{"name":"X"}"#),
            ] as [(HTTPMethod, String, String?)] {
                let answer = try await maitre.request(
                    method,
                    "/api/v1" + path,
                    headers: [("Authorization", "Bearer \(pat)"), ("X-Restaurant-Id", restaurant)],
                    json: json
                )
                #expect(answer.status == 403, "\(path)")
            }
            #expect(try await maitre.request(.GET, "/api/v1/me", headers: [("Authorization", "Bearer \(pat)")]).status == 200)
            #expect(
                try await browser.call(.POST, "/me/password", json: #"{"currentPassword":"\#(password)","newPassword":"a new long one"}"#)
                    .status == 204
            )
            #expect(try await browser.get("/me").status == 200)
        }
    }

    @Test("The public keys are published, and verify our tokens")
    func keySet() async throws {
        try await Installation.run { maitre in
            let answer = try await maitre.request(.GET, "/.well-known/jwks.json")
            #expect(answer.status == 200)
            let keys = try answer.json["keys"]?.elements ?? []
            #expect(keys.count == 1)
            #expect(keys[0]["kty"]?.string == "OKP")
            #expect(keys[0]["d"] == nil)
            let (email, password, _) = try owner(maitre)
            var browser = Browser(maitre)
            _ = try await browser.logIn(email, password)
            let header = try #require(Data(base64Encoded: Self.padded(String(browser.accessToken.prefix { $0 != "." }))))
            #expect(String(decoding: header, as: UTF8.self).contains(try #require(keys[0]["kid"]?.string)))
        }
    }

    private static func padded(_ text: String) -> String {
        text.replacing("-", with: "+").replacing("_", with: "/") + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    /// The code of an authenticator application, from the secret as it is shown.
    private static func code(_ base32: String) throws -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bits = ""
        for character in base32 {
            let value = try #require(alphabet.firstIndex(of: character))
            let text = String(value, radix: 2)
            bits += String(repeating: "0", count: 5 - text.count) + text
        }
        var bytes: [UInt8] = []
        var rest = Substring(bits)
        while rest.count >= 8 {
            bytes.append(try #require(UInt8(rest.prefix(8), radix: 2)))
            rest = rest.dropFirst(8)
        }
        return OneTimeCode.now(secret: bytes)
    }
}

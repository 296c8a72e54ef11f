import Core
import Foundation
import NIOHTTP1
import Tenancy
import TestSupport
import Testing

@testable import maitre

/// What e-mails say is ours, whatever a request or a name says. Rows J14, S6 and I2 of the list of attacks.
@Suite(.serialized) struct MailLinkTests {
    private static let publicURL = "https://front.example.com"

    private func installation(_ sink: MailSink?, _ body: @Sendable @escaping (Installation) async throws -> Void) async throws {
        let url = sink?.url
        try await Installation.run(
            configure: {
                $0.publicURL = Self.publicURL
                if let url { $0.smtp = SMTPClient.Configuration(url: url, sender: "Maitre <no-reply@example.com>", allowsPlaintext: true) }
            },
            body
        )
    }

    /// The access token of a demo restaurant's owner.
    private func logIn(_ maitre: Installation) async throws -> String {
        let merchant = maitre.demo.merchants[0]
        let (email, password) = (try #require(merchant.email), try #require(merchant.password))
        let answer = try await maitre.request(.POST, "/api/v1/auth/login", json: #"{"email":"\#(email)","password":"\#(password)"}"#)
        return try #require(try answer.json["accessToken"]?.string)
    }

    private func invite(
        _ email: String,
        by access: String,
        _ maitre: Installation,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await maitre.request(
            .POST,
            "/api/v1/team/invitations",
            token: access,
            restaurant: maitre.demo.merchants[0].restaurantId,
            headers: headers,
            json: #"{"email":"\#(email)","role":"agent"}"#
        )
    }

    /// Ways in which a request says that it went to another host.
    private static let elsewhere: [[(String, String)]] = [
        [("Host", "evil.example.org")],
        [("Host", "evil.example.org:443")],
        [("Host", "front.example.com.evil.example.org")],
        [("Host", "front.example.com@evil.example.org")],
        [("X-Forwarded-Host", "evil.example.org")],
        [("X-Forwarded-Host", "front.example.com, evil.example.org"), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "81")],
        [("Forwarded", "for=192.0.2.1;host=evil.example.org;proto=http")],
        [("X-Host", "evil.example.org"), ("X-Original-Host", "evil.example.org"), ("X-Forwarded-Server", "evil.example.org")],
        [
            ("X-Forwarded-Prefix", "/evil.example.org"), ("X-Original-URL", "http://evil.example.org/"),
            ("Referer", "https://evil.example.org/"),
        ],
    ]

    @Test("J14 S6: links in e-mails name the configured address, whatever Host, X-Forwarded-Host and Forwarded say")
    func links() async throws {
        try await MailSink.run { sink in
            try await installation(sink) { maitre in
                let merchant = maitre.demo.merchants[0]
                let email = try #require(merchant.email)
                let access = try await logIn(maitre)
                var expected = 0
                for (index, headers) in Self.elsewhere.enumerated() {
                    let asked = try await maitre.request(
                        .POST,
                        "/api/v1/auth/password-reset",
                        headers: headers,
                        json: #"{"email":"\#(email)"}"#
                    )
                    #expect(asked.status == 202, "\(headers)")
                    let invited = try await invite("guest\(index)@example.com", by: access, maitre, headers: headers)
                    #expect(invited.status == 201, "\(headers)")
                    expected += 2
                    for answer in [asked, invited] {
                        #expect(!"\(answer.headers)\(String(decoding: answer.body, as: UTF8.self))".contains("evil"), "\(headers)")
                    }
                    _ = try await maitre.sql("delete from platform.throttles returning 'x'")
                }
                try await maitre.eventually("the e-mails") { [expected] in sink.messages.count >= expected }
                let messages = sink.messages
                for message in messages {
                    #expect(!message.content.contains("evil") && !message.text.contains("evil"))
                    let links = message.text.split(whereSeparator: \.isWhitespace).filter { $0.contains("://") }
                    let page = message.recipient == email ? "reset" : "invite"
                    #expect(links.count == 1)
                    #expect(links.allSatisfy { $0.hasPrefix("\(Self.publicURL)/\(page)#token=mtr_") }, "\(links)")
                }
                #expect(messages.count { $0.recipient == email } == Self.elsewhere.count)
                #expect(messages.count { $0.recipient.hasPrefix("guest") } == Self.elsewhere.count)
            }
        }
    }

    @Test("J14 S6: so do the links that are shown where no e-mail is sent")
    func shownLinks() async throws {
        try await installation(nil) { maitre in
            let access = try await logIn(maitre)
            for (index, headers) in Self.elsewhere.enumerated() {
                let invited = try await invite("guest\(index)@example.com", by: access, maitre, headers: headers)
                #expect(try invited.json["link"]?.string?.hasPrefix("\(Self.publicURL)/invite#token=mtr_inv_") == true, "\(headers)")
                _ = try await maitre.sql("delete from platform.throttles returning 'x'")
            }
        }
    }

    /// Names that are stored from before they were refused.
    private static let names = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "Inn\r\nBcc: victim@example.org\r\nContent-Type: text/html\r\n\r\n<h1>Pay here</h1>",
        "Inn\nBcc: victim@example.org",
        "Inn\rBcc: victim@example.org",
        "Inn\r\n.\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA",
        "Inn\u{2028}Bcc: victim@example.org\u{85}Bcc: victim@example.org",
        "\u{202e}nnI ehT\u{2066}\u{200f}",
        "=?utf-8?B?SW5uDQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
        "Inn https://evil.example.org/reset www.evil.example.org",
        "\u{7}\u{1b}[2J\u{0b}\u{7f}Inn",
        String(repeating: "مطعم بيت المندي ", count: 7),
        String(repeating: "👩\u{200d}👩\u{200d}👧", count: 24),
    ]

    @Test("I2: whatever a restaurant is called, its e-mail is one plain text with our header fields and our link, for one recipient")
    func names() async throws {
        try await MailSink.run { sink in
            try await installation(sink) { maitre in
                let merchant = maitre.demo.merchants[0]
                let access = try await logIn(maitre)
                for (index, name) in Self.names.enumerated() {
                    let encoded = Data(name.utf8).base64EncodedString()
                    let changed = try await maitre.sql(
                        """
                        update platform.merchants set name = convert_from(decode('\(encoded)', 'base64'), 'UTF8')
                        where id = '\(merchant.restaurantId)' returning 'x'
                        """
                    )
                    #expect(changed.count == 1)
                    let invited = try await invite("guest\(index)@example.com", by: access, maitre)
                    #expect(invited.status == 201)
                    _ = try await maitre.sql("delete from platform.throttles returning 'x'")
                }
                try await maitre.eventually("the e-mails") { sink.messages.count >= Self.names.count }
                for (index, name) in Self.names.enumerated() {
                    let message = try #require(sink.messages.first { $0.recipient == "guest\(index)@example.com" })
                    #expect(message.sender == "no-reply@example.com")
                    try check(message, name)
                }
                // Nothing in a name began another message.
                #expect(sink.messages.count == Self.names.count)
            }
        }
    }

    private func check(_ message: MailSink.Message, _ name: String) throws {
        let comment = Comment(rawValue: name.debugDescription)
        let head = try #require(message.content.components(separatedBy: "\r\n\r\n").first, comment)
        // Folded lines begin with a space; every other one is a field.
        let fields = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(
            fields == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ],
            comment
        )
        #expect(head.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"), comment)
        #expect(message.content.utf8.allSatisfy { $0 == 13 || $0 == 10 || (32...126).contains($0) }, comment)
        #expect(
            message.content.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 && !$0.contains("\n") && !$0.contains("\r") },
            comment
        )
        // As it was meant: the same lines as for any name, and nothing in them that hides or turns what follows.
        let lines = message.text.components(separatedBy: "\r\n")
        #expect(lines.count == 9, comment)
        #expect(lines.indices.contains(2) && lines[2].hasPrefix("\(Self.publicURL)/invite#token=mtr_inv_"), comment)
        let text = message.text.replacing("\r\n", with: "")
        #expect(NameText.hasOnlyNameCharacters(text), comment)
        #expect(text.ranges(of: "://").count == 1 && !text.contains("www."), comment)
        if name.hasPrefix("<script>") { #expect(lines[0].contains("<script>alert(1)</script>"), comment) }
    }

    @Test("I2: names of restaurants, people, bots, holidays and credentials are one line without control characters, or 422")
    func refused() async throws {
        try await Installation.run { maitre in
            let merchant = maitre.demo.merchants[0]
            let access = try await logIn(maitre)
            let invited = try await invite("new@example.com", by: access, maitre)
            let link = try #require(try invited.json["link"]?.string).split(separator: "#token=")[1]
            func send(_ method: HTTPMethod, _ path: String, _ json: String) async throws -> Answer {
                switch path.prefix(4) {
                case "/me": try await maitre.request(method, "/api/v1" + path, token: access, json: json)
                case "/inv": try await maitre.request(method, "/api/v1" + path, json: json)
                case "/mer" where path != "/merchants/current", "/pla": try await maitre.admin(method, path, json: json)
                default: try await maitre.owner(0, method, path, json: json)
                }
            }
            let places: [(HTTPMethod, String, (String) -> String, pointer: String, success: Int)] = [
                (.POST, "/bots", { #"{"name":\#($0)}"# }, "/name", 201),
                (.POST, "/api-keys", { #"{"name":\#($0),"scopes":["bots:read"]}"# }, "/name", 201),
                (.POST, "/personal-access-tokens", { #"{"name":\#($0),"scopes":["bots:read"]}"# }, "/name", 201),
                (.POST, "/platform-keys", { #"{"name":\#($0),"scopes":["admin"]}"# }, "/name", 201),
                (.PATCH, "/merchants/current", { #"{"name":\#($0)}"# }, "/name", 200),
                (
                    .PATCH, "/merchants/current",
                    { #"{"businessHours":{"weekly":[],"holidays":[{"date":"2027-01-01","name":\#($0),"closed":true}]}}"# },
                    "/businessHours/holidays/0/name", 200
                ),
                (.PATCH, "/merchants/\(merchant.restaurantId)", { #"{"name":\#($0)}"# }, "/name", 200),
                (.POST, "/merchants", { #"{"name":\#($0),"timeZone":"Asia/Riyadh","locale":"ar","currency":"SAR"}"# }, "/name", 201),
                (.PATCH, "/me", { #"{"name":\#($0)}"# }, "/name", 200),
                (.POST, "/invitations/accept", { #"{"token":"\#(link)","name":\#($0),"password":"a password of hers"}"# }, "/name", 200),
            ]
            for (method, path, body, pointer, success) in places {
                for name in [#""a\nb""#, #""a\r\nBcc: b""#, #""a\u2028b""#, #""a\u202eb""#, #""\u001b[2J""#, #""a\u0085""#, #""\u0000""#] {
                    let answer = try await send(method, path, body(name))
                    #expect(answer.status == 422, "\(method) \(path) \(name)")
                    let errors = try answer.json["errors"]?.elements ?? []
                    #expect(errors.map { $0["pointer"]?.string } == [pointer], "\(method) \(path) \(name)")
                    #expect(errors.map { $0["code"]?.string } == ["invalid_characters"], "\(method) \(path) \(name)")
                }
                let answer = try await send(method, path, body(#""  <b>Ünï\u200d مطعم & Söhne</b> ""#))
                #expect(answer.status == success, "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
                if pointer == "/name", path != "/invitations/accept" {
                    #expect(try answer.json["name"]?.string == "<b>Ünï\u{200d} مطعم & Söhne</b>", "\(method) \(path)")
                }
            }
        }
    }
}

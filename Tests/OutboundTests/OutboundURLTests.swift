import Testing

@testable import Outbound

/// Section 4 of the attacks: what is refused when an address is saved, before any name is resolved.
@Suite struct OutboundURLTests {
    private static func refusal(_ text: String, _ policy: DestinationPolicy = .init()) -> DestinationError? {
        do {
            try policy.check(OutboundURL(text))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "F1: this machine is refused, however it is written",
        arguments: [
            "http://127.0.0.1", "https://localhost", "https://LOCALHOST/x", "https://a.localhost", "https://2130706433",
            "https://0177.0.0.1",
            "https://0x7f.0.0.1", "https://0x7f000001", "https://127.1", "https://0", "https://127.0.0.1", "https://[::1]", "https://[::]",
            "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]",
            "https://[::1%25lo]",
            "https://127.0.0.1.", "https://1.2.3.4.5", "https://example.com.127",
        ]
    )
    func loopback(url: String) {
        #expect(Self.refusal(url) != nil)
    }

    @Test(
        "F2: networks that only we can reach are refused, by address and by name",
        arguments: [
            "https://169.254.169.254/latest/meta-data", "https://metadata.google.internal", "https://10.0.0.1", "https://172.16.3.4",
            "https://192.168.1.1",
            "https://100.64.0.1", "https://[fd00::1]", "https://[fe80::1]", "https://postgres", "https://redis:443", "https://db.internal",
            "https://printer.local", "https://router.lan", "https://nas.home.arpa", "https://x.onion",
        ]
    )
    func inside(url: String) {
        #expect(Self.refusal(url) == .notPublic)
    }

    @Test(
        "F6: what is no https URL, or one that can be read in two ways, is refused",
        arguments: [
            "gopher://example.com", "file:///etc/passwd", "ftp://example.com", "http://example.com", "//example.com", "example.com",
            "https:/example.com",
            "https:example.com", "https://", "https:///x", "https://good.example.com@evil.example.com", "https://user:pw@example.com",
            "https://evil.example.com#@good.example.com", "https://example.com/#x", "https://good.example.com\\.evil.example.com",
            "https:\\\\example.com", "https://example.com\t", " https://example.com", "https://exa\nmple.com", "https://exa mple.com",
            "https://example.com.",
            "https://.example.com", "https://example..com", "https://-a.example.com", "https://ex%61mple.com", "https://exämple.com",
            "https://example。com", "https://example.com:", "https://example.com:0443", "https://example.com:99999",
            "https://example.com:4a3",
            "https://[2606:4700::1111", "https://[2606:4700::1111]x", "https://2606:4700::1111", "https://[8.8.8.8]",
            "https://example.com/%zz",
            "https://example.com/%4", "https://example.com/a{b}", "https://" + String(repeating: "a", count: 64) + ".com",
            "https://example.com/\u{202e}",
            "https://example.com/" + String(repeating: "a", count: 2048),
        ]
    )
    func shapes(url: String) {
        #expect(Self.refusal(url) != nil)
    }

    @Test(
        "Ports: 443 and 8443 unless others are set",
        arguments: [(443, true), (8443, true), (80, false), (22, false), (5432, false), (9464, false)]
    )
    func ports(port: Int, isAllowed: Bool) {
        #expect((Self.refusal("https://example.com:\(port)/") == nil) == isAllowed)
        #expect(Self.refusal("https://example.com:\(port)/", DestinationPolicy(ports: [port])) == nil)
    }

    @Test(
        "What is public is accepted, and written in one way",
        arguments: [
            ("https://example.com", "https://example.com/"), ("HTTPS://Example.COM:443/A?b=%C3%A4&c", "https://example.com/A?b=%C3%A4&c"),
            ("https://example.com:8443?x", "https://example.com:8443/?x"), ("https://xn--exmple-cua.com/h", "https://xn--exmple-cua.com/h"),
            ("https://8.8.8.8/h", "https://8.8.8.8/h"), ("https://[2606:4700:0::1111]/h", "https://[2606:4700::1111]/h"),
        ]
    )
    func accepted(url: String, canonical: String) throws {
        #expect(Self.refusal(url) == nil)
        #expect(try OutboundURL(url).description == canonical)
        #expect(try OutboundURL(canonical).description == canonical)
    }

    @Test("In development this machine may be called, also without TLS and on any port; nothing else changes")
    func development() {
        let policy = DestinationPolicy(allowsLoopback: true)
        for url in ["http://localhost:3000/hook", "http://127.0.0.1:9/", "https://[::1]:1/", "http://a.localhost"] {
            #expect(Self.refusal(url, policy) == nil, "\(url)")
        }
        for url in [
            "http://example.com", "http://10.0.0.1", "https://192.168.0.1", "https://example.com:80", "http://postgres",
            "https://0177.0.0.1",
        ] {
            #expect(Self.refusal(url, policy) != nil, "\(url)")
        }
    }

    @Test("F9: this installation's own address is refused, in any spelling, and a neighbour of it is not")
    func ourselves() {
        let policy = DestinationPolicy(allowsLoopback: true, ourselves: ["maitre.example.com", "localhost:8080"])
        for url in ["https://maitre.example.com/api", "https://MAITRE.example.com:443", "http://localhost:8080/x"] {
            #expect(Self.refusal(url, policy) == .ourselves)
        }
        #expect(Self.refusal("https://hooks.maitre.example.com", policy) == nil)
        #expect(Self.refusal("http://localhost:8081", policy) == nil)
    }

    @Test("F3: one address that is not public makes all of them refused")
    func mixed() throws {
        let url = try OutboundURL("https://example.com")
        func refusal(_ addresses: [String]) -> DestinationError? {
            do {
                try DestinationPolicy().check(addresses.compactMap { IPAddress($0) }, of: url)
                return nil
            } catch { return error }
        }
        #expect(refusal(["8.8.8.8", "2606:4700::1111"]) == nil)
        #expect(refusal(["8.8.8.8", "::1"]) == .notPublic)
        #expect(refusal(["8.8.8.8", "10.0.0.1"]) == .notPublic)
        #expect(refusal(["::ffff:8.8.8.8"]) == .notPublic)
        #expect(refusal([]) == .unresolved)
    }

    @Test("In development a name that leads to this machine and elsewhere is refused, and one without TLS that leads elsewhere too")
    func mixedInDevelopment() throws {
        let policy = DestinationPolicy(allowsLoopback: true)
        let url = try OutboundURL("http://localhost:3000")
        #expect(throws: Never.self) { try policy.check([#require(IPAddress("127.0.0.1")), #require(IPAddress("::1"))], of: url) }
        #expect(throws: DestinationError.scheme) {
            try policy.check([#require(IPAddress("127.0.0.1")), #require(IPAddress("10.0.0.1"))], of: url)
        }
        #expect(throws: DestinationError.scheme) { try policy.check([#require(IPAddress("8.8.8.8"))], of: url) }
    }

    @Test(
        "F8: fields that belong to the connection, and values that would be more than one, are refused",
        arguments: [
            "Host", "content-length", "Transfer-Encoding", "Connection", "TE", "Upgrade", "Proxy-Authorization", "a b", "", "x:y", "ä",
        ]
    )
    func headers(name: String) throws {
        let url = try OutboundURL("https://example.com")
        #expect(OutboundRequest(url: url, headers: [(name, "x")], body: []) == nil)
        #expect(OutboundRequest(url: url, headers: [("webhook-id", "a\r\nHost: b")], body: []) == nil)
        #expect(OutboundRequest(url: url, headers: [("webhook-id", "a")], body: []) != nil)
    }
}

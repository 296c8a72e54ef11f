import HTTPTypes
import NIOCore
import Testing

@testable import API

/// `api.md` 4, rule 6: only a configured proxy's word about the client's address counts.
@Suite struct TrustedProxiesTests {
    private func client(_ trusted: [String], _ peer: String, _ forwarded: String...) throws -> String? {
        let proxies = try #require(TrustedProxies(trusted))
        var headers = HTTPFields()
        for value in forwarded { headers.append(HTTPField(name: .forwardedFor, value: value)) }
        return proxies.client(of: try SocketAddress(ipAddress: peer, port: 1), headers)?.ipAddress
    }

    @Test("A client's own word about its address is ignored")
    func untrusted() throws {
        #expect(try client([], "192.0.2.9", "198.51.100.1") == "192.0.2.9")
        #expect(try client(["10.0.0.0/8"], "192.0.2.9", "198.51.100.1") == "192.0.2.9")
    }

    @Test("A proxy's word counts, read from the nearest on; what the client itself put in front does not")
    func trusted() throws {
        #expect(try client(["10.0.0.0/8"], "10.1.2.3", "198.51.100.1") == "198.51.100.1")
        #expect(try client(["10.0.0.0/8"], "10.1.2.3", "203.0.113.7, 198.51.100.1, 10.9.9.9") == "198.51.100.1")
        #expect(try client(["10.0.0.0/8"], "10.1.2.3", "203.0.113.7", "198.51.100.1") == "198.51.100.1")
        #expect(try client(["10.1.2.3", "2001:db8::/32"], "2001:db8::5", "198.51.100.1") == "198.51.100.1")
        #expect(try client(["127.0.0.1"], "::ffff:127.0.0.1", "198.51.100.1") == "198.51.100.1")
    }

    @Test("Without a header, or with nonsense in it, the nearest known address stands")
    func nonsense() throws {
        #expect(try client(["10.0.0.0/8"], "10.1.2.3") == "10.1.2.3")
        #expect(try client(["10.0.0.0/8"], "10.1.2.3", "unknown") == "10.1.2.3")
        #expect(try client(["10.0.0.0/8"], "10.1.2.3", "198.51.100.1, _hidden, 10.4.4.4") == "10.4.4.4")
    }

    @Test(
        "What is no address or network is no setting",
        arguments: ["proxy", "10.0.0.0/33", "10.0.0/8", "", "::1/129", "1.2.3.4/x", "1.2.3.4/8/8"]
    )
    func settings(name: String) {
        #expect(TrustedProxies([name]) == nil)
    }
}

import Core
import Foundation
import Logging
import NIOSSL
import Testing

@testable import Outbound

extension ScriptedResolver: Resolver {
    func addresses(of name: String) async throws -> [IPAddress] { next(name).compactMap { IPAddress($0) } }
}

/// Section 4 of the attacks, over real connections. 127.0.0.5 and 127.0.0.6 play the public Internet, 127.0.0.1 what is inside.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct GuardedClientTests {
    private static let host = "hooks.example.com"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// A client to whom 127.0.0.5 and 127.0.0.6 are public, which trusts `certificates`.
    private static func withClient(
        _ certificates: TestCertificates,
        port: Int,
        _ resolver: any Resolver,
        timeout: Duration = .seconds(10),
        destinations: Int = 256,
        _ body: (GuardedClient) async throws -> Void
    ) async throws {
        var policy = DestinationPolicy(ports: [port])
        policy.publicInTests = Set(["127.0.0.5", "127.0.0.6"].compactMap { IPAddress($0) })
        var configuration = GuardedClient.Configuration()
        configuration.totalTimeout = timeout
        configuration.destinations = destinations
        configuration.trustRoots = .certificates([certificates.authority])
        let client = GuardedClient(
            policy: policy,
            resolver: resolver,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        defer { client.shutdown() }
        try await body(client)
    }

    private static func request(_ port: Int, host: String = Self.host, path: String = "/hook?x=1") throws -> OutboundRequest {
        let url = try OutboundURL("https://\(host):\(port)\(path)")
        guard let request = OutboundRequest(url: url, headers: [("webhook-id", "e1")], body: Array("{}".utf8)) else {
            throw OutboundFailure.blocked
        }
        return request
    }

    /// Why a call has no answer; nil when it has one.
    private static func failure(_ client: GuardedClient, _ port: Int, host: String = Self.host) async -> OutboundFailure? {
        do {
            _ = try await client.call(request(port, host: host))
            return nil
        } catch let failure as OutboundFailure {
            return failure
        } catch {
            Issue.record(error)
            return nil
        }
    }

    private static func answer(_ client: GuardedClient, _ port: Int, host: String = Self.host) async throws -> OutboundAnswer {
        try await client.call(request(port, host: host))
    }

    @Test("A checked address is called with the name in Host and certificate; connections are kept for the same name and address")
    func call() async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.answer(Self.ok), tls: certificates.server(for: Self.host)) { receiver in
            let resolver = ScriptedResolver(["127.0.0.5"])
            try await Self.withClient(certificates, port: receiver.port, resolver) { client in
                for _ in 0..<3 {
                    let answer = try await Self.answer(client, receiver.port)
                    #expect(answer.status == 200)
                    #expect(answer.body == Array("ok".utf8))
                }
            }
            #expect(receiver.connections == 1)
            #expect(resolver.questions == [Self.host, Self.host, Self.host])
            let request = try #require(receiver.requests.first)
            #expect(request.hasPrefix("POST /hook?x=1 HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("\r\nhost: \(Self.host):\(receiver.port)\r\n"))
            #expect(request.lowercased().contains("\r\nwebhook-id: e1\r\n"))
            #expect(request.hasSuffix("\r\n\r\n{}"))
        }
    }

    @Test(
        "F7: a certificate of nobody we trust, of another host, or out of time: no request is sent",
        arguments: ["stranger", "other host", "expired"]
    )
    func certificates(kind: String) async throws {
        let trusted = try TestCertificates()
        let tls =
            switch kind {
            case "stranger": try TestCertificates().server(for: Self.host)
            case "other host": try trusted.server(for: "other.example.com")
            default: try trusted.server(for: Self.host, until: .now - 60)
            }
        try await Receiver.run(.answer(Self.ok), tls: tls) { receiver in
            try await Self.withClient(trusted, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .notTrusted)
            }
            #expect(receiver.connections == 1)
            #expect(receiver.requests == [])
        }
    }

    @Test("F4: a name that is public when it is checked and leads inside a moment later is called where it was checked, and then refused")
    func rebinding() async throws {
        let certificates = try TestCertificates()
        let tls = try certificates.server(for: Self.host)
        try await Receiver.run(.answer(Self.ok), tls: tls) { outside in
            try await Receiver.run(.answer(Self.ok), at: "127.0.0.1", port: outside.port, tls: tls) { inside in
                let resolver = ScriptedResolver(["127.0.0.5"], ["127.0.0.1"])
                try await Self.withClient(certificates, port: outside.port, resolver) { client in
                    let answer = try await Self.answer(client, outside.port)
                    #expect(answer.status == 200)
                    #expect(resolver.questions.count == 1)
                    let failure = await Self.failure(client, outside.port)
                    #expect(failure == .blocked)
                }
                #expect(outside.requests.count == 1)
                #expect(inside.connections == 0)
                #expect(resolver.questions.count == 2)
            }
        }
    }

    @Test(
        "F3: of several addresses one is not public: nobody is called",
        arguments: [["127.0.0.5", "::1"], ["127.0.0.5", "10.0.0.1"], ["127.0.0.5", "127.0.0.1"]]
    )
    func mixed(addresses: [String]) async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.answer(Self.ok), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(addresses)) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .blocked)
            }
            #expect(receiver.connections == 0)
        }
    }

    @Test("F1: an address that was stored before it was refused is not called either")
    func stored() async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.answer(Self.ok), at: "127.0.0.1", tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.1"])) { client in
                for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "internal", Self.host] {
                    let failure = await Self.failure(client, receiver.port, host: host)
                    #expect(failure == .blocked, "\(host)")
                }
            }
            #expect(receiver.connections == 0)
        }
    }

    @Test("F5: a redirect is an answer and is not followed", arguments: [301, 302, 303, 307, 308])
    func redirects(status: Int) async throws {
        let certificates = try TestCertificates()
        let tls = try certificates.server(for: Self.host)
        try await Receiver.run(.answer(Self.ok), at: "127.0.0.1") { inside in
            let answer = "HTTP/1.1 \(status) Elsewhere\r\nLocation: http://127.0.0.1:\(inside.port)/\r\nContent-Length: 0\r\n\r\n"
            try await Receiver.run(.answer(answer), tls: tls) { receiver in
                try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                    let answer = try await Self.answer(client, receiver.port)
                    #expect(answer.status == status)
                }
                #expect(receiver.requests.count == 1)
                #expect(inside.connections == 0)
            }
        }
    }

    @Test(
        "F7: an answer that drips is given up in time, wherever it drips",
        arguments: ["", "HTTP/1.1 200 OK\r\nX-A: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]
    )
    func drip(start: String) async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.drip(start), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"]), timeout: .seconds(1)) { client in
                let begin = ContinuousClock.now
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .timedOut || (start.isEmpty && failure == .unreadable))
                #expect(ContinuousClock.now - begin < .seconds(4))
            }
        }
    }

    @Test("F7: an answer without end is read up to the limit, and 2 KiB of it are kept")
    func endlessBody() async throws {
        let certificates = try TestCertificates()
        let head = "HTTP/1.1 201 Created\r\nContent-Length: 10737418240\r\n\r\n"
        try await Receiver.run(.flood(head, "0123456789abcdef"), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                let answer = try await Self.answer(client, receiver.port)
                #expect(answer.status == 201)
                #expect(answer.body.count == 2048)
                // The other side is cut off rather than listened to.
                let deadline = ContinuousClock.now + .seconds(5)
                while receiver.closed == 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
                #expect(receiver.closed == 1)
                #expect(receiver.bytesSent < 1 << 30)
            }
        }
    }

    @Test("F7: header fields without end are no answer", arguments: ["X-A: b\r\n", "X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"])
    func endlessHead(rest: String) async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.flood("HTTP/1.1 200 OK\r\n", rest), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .unreadable)
                #expect(receiver.bytesSent < 1 << 30)
            }
        }
    }

    @Test("F7: a compressed answer is not unfolded")
    func compressed() async throws {
        let certificates = try TestCertificates()
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n".utf8) + [0x1f, 0x8b, 0x08, 0x00]
        try await Receiver.run(.answerBytes(bytes), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                let answer = try await Self.answer(client, receiver.port)
                #expect(answer.body == [0x1f, 0x8b, 0x08, 0x00])
            }
        }
    }

    @Test("Where nobody listens at one address, the next one is tried; what is no HTTP or no TLS is a failure")
    func others() async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.answer(Self.ok), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.6", "127.0.0.5"])) { client in
                let answer = try await Self.answer(client, receiver.port)
                #expect(answer.status == 200)
            }
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.6"])) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .notConnected)
            }
        }
        try await Receiver.run(.answer("SSH-2.0-OpenSSH\r\n\r\n"), tls: certificates.server(for: Self.host)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"])) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure == .unreadable)
            }
        }
        try await Receiver.run(.answer(Self.ok)) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"]), timeout: .seconds(2)) { client in
                let failure = await Self.failure(client, receiver.port)
                #expect(failure != nil)
            }
            #expect(receiver.requests == [])
        }
    }

    @Test("More names than connections are kept for are served as well, and each has a connection of its own")
    func manyNames() async throws {
        let certificates = try TestCertificates()
        try await Receiver.run(.answer(Self.ok), tls: certificates.server(for: "*.example.com")) { receiver in
            try await Self.withClient(certificates, port: receiver.port, ScriptedResolver(["127.0.0.5"]), destinations: 2) { client in
                for index in 0..<6 {
                    let answer = try await Self.answer(client, receiver.port, host: "h\(index).example.com")
                    #expect(answer.status == 200)
                }
            }
            #expect(receiver.connections == 6)
        }
    }

    @Test("The machine's resolver knows this machine, and says of a name that nobody has that it has none")
    func systemResolver() async throws {
        let resolver = SystemResolver(threads: 2)
        let local = try await resolver.addresses(of: "localhost")
        #expect(!local.isEmpty && local.allSatisfy(\.isLoopback))
        await #expect(throws: DestinationError.unresolved) { try await resolver.addresses(of: "nobody.invalid") }
        try await resolver.shutdown()
        await #expect(throws: DestinationError.unresolved) { try await resolver.addresses(of: "localhost") }
    }
}

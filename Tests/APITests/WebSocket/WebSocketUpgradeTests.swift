import TestSupport
import Testing

@testable import API

/// How a plain connection becomes a WebSocket, or does not.
@Suite("WebSocket upgrade")
struct WebSocketUpgradeTests {
    private static let lines = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    private func answer(_ request: String, then bytes: [UInt8] = []) async throws -> (head: String, socket: RawSocket) {
        try await EchoServer().run { port in
            let socket = try await RawSocket.connect(port)
            await socket.send(Array(request.utf8) + bytes)
            return (await socket.head(), socket)
        }
    }

    @Test("The example of RFC 6455: its key is answered with its accept") func accept() async throws {
        let (head, _) = try await answer("GET /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols"))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(head.contains("Upgrade: websocket") && head.contains("Connection: Upgrade"))
        #expect(head.contains("X-Request-Id: "))
        #expect(!head.lowercased().contains("transfer-encoding") && !head.lowercased().contains("content-length"))
        #expect(!head.contains("Sec-WebSocket-Extensions") && !head.contains("Sec-WebSocket-Protocol"))
    }

    @Test(
        "Fields are compared as HTTP says: without case, as lists",
        arguments: [
            "Connection: keep-alive, uPGRADE\r\nUpgrade: WebSocket\r\n",
            "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\n",
        ]
    )
    func spelling(fields: String) async throws {
        let (head, _) = try await answer("GET /socket HTTP/1.1\r\nHost: a\r\n\(fields)Sec-WebSocket-Version: 13\r\n\(Self.key)\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 "), "\(head)")
    }

    @Test("Extensions and subprotocols are not taken up") func extensions() async throws {
        let (head, _) = try await answer(
            "GET /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
        )
        #expect(head.hasPrefix("HTTP/1.1 101 ") && !head.contains("permessage-deflate") && !head.contains("chat"), "\(head)")
    }

    @Test(
        "What is no such request is 426 with what would be understood",
        arguments: [
            "Host: a\r\n", "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\(key)", "Host: a\r\nUpgrade: websocket\r\n\(key)",
            "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\(key)",
            "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\(key)",
            "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n\(key)",
        ]
    )
    func refused(fields: String) async throws {
        let (head, _) = try await answer("GET /socket HTTP/1.1\r\n\(fields)\r\n")
        #expect(head.hasPrefix("HTTP/1.1 426 "), "\(head)")
        #expect(head.contains("Upgrade: websocket") && head.contains("Sec-WebSocket-Version: 13"), "\(head)")
        #expect(head.contains("application/problem+json"))
    }

    @Test(
        "A bad key is 400",
        arguments: [
            "", "Sec-WebSocket-Key: \r\n", "Sec-WebSocket-Key: c2hvcnQ=\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n", "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n", key + key,
        ]
    )
    func badKey(field: String) async throws {
        let (head, _) = try await answer("GET /socket HTTP/1.1\r\n\(Self.lines)\(field)\r\n")
        #expect(head.hasPrefix("HTTP/1.1 400 "), "\(head)")
    }

    @Test("A body is 400; another method makes no socket") func methods() async throws {
        let (body, _) = try await answer("GET /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)Content-Length: 2\r\n\r\nab")
        #expect(body.hasPrefix("HTTP/1.1 400 "), "\(body)")
        let (post, _) = try await answer("POST /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)\r\n")
        #expect(post.hasPrefix("HTTP/1.1 405 "), "\(post)")
        let (head, _) = try await answer("HEAD /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)\r\n")
        #expect(head.hasPrefix("HTTP/1.1 405 "), "\(head)")
    }

    @Test("Frames that arrive together with the request are the socket's first") func early() async throws {
        try await EchoServer().run { port in
            let socket = try await RawSocket.connect(port)
            await socket.send(
                Array("GET /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)\r\n".utf8) + RawSocket.bytes(0x81, Array("early".utf8))
                    + RawSocket.bytes(0x81, [42])
            )
            #expect(await socket.head().hasPrefix("HTTP/1.1 101 "))
            #expect(await socket.frame() == .text("early"))
            #expect(await socket.frame() == .text("*"))
        }
    }

    @Test("A socket may follow plain requests on one connection") func afterPlain() async throws {
        try await EchoServer().run { port in
            let socket = try await RawSocket.connect(port)
            await socket.send(Array("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(await socket.head().hasPrefix("HTTP/1.1 200 "))
            await socket.send(Array("GET /socket HTTP/1.1\r\n\(Self.lines)\(Self.key)\r\n".utf8))
            // The body of the first answer stands before the second.
            #expect(await socket.head().hasPrefix("plainHTTP/1.1 101 "))
            await socket.send(text: "hello")
            #expect(await socket.frame() == .text("hello"))
        }
    }

    @Test("S3: a request for another protocol that is not changed is the connection's last; what follows is not read") func notChanged()
        async throws
    {
        try await EchoServer().run { port in
            let socket = try await RawSocket.connect(port)
            await socket.send(
                Array(
                    "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n"
                        .utf8
                )
            )
            let head = await socket.head()
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.lowercased().contains("connection: close"), "\(head)")
            #expect(await socket.ends())
            #expect(await socket.head(seconds: 0.1) == "nothing")
        }
    }

    @Test("R1: bytes that pour in behind such a request are not kept") func flood() async throws {
        var server = EchoServer()
        server.connectionLimits.idle = .seconds(30)
        try await server.run { port in
            let socket = try await RawSocket.connect(port)
            await socket.send(Array("GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".utf8))
            let block = [UInt8](repeating: 0x20, count: 64 * 1024)
            for _ in 0..<64 { await socket.send(block) }
            #expect(await socket.ends(seconds: 5))
        }
    }
}

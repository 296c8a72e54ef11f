import API
import Core
import Hummingbird
import HummingbirdTesting
import Testing

/// What arrives on the wire and is no decent HTTP. Rows R1, R4, R6, S1, S2, S3, S6 of the list of attacks.
@Suite("Connections", .serialized)
struct ConnectionTests {
    /// Sends `request` on a connection of its own and returns all that comes back until the server closes.
    private func exchange(_ request: String, api: TestAPI = TestAPI(), limits: ConnectionLimits = .quick) async throws -> String {
        try await withConnection(api, limits) { connection in
            await connection.send(request)
            return try #require(await connection.readToEnd(), "the connection stayed open")
        }
    }

    private func withConnection<Value: Sendable>(
        _ api: TestAPI = TestAPI(),
        _ limits: ConnectionLimits = .quick,
        _ body: @Sendable (RawConnection) async throws -> Value
    ) async throws -> Value {
        try await api.application(limits).test(.live) { client in
            let connection = try await RawConnection.open(client.port)
            let value = try await body(connection)
            await connection.close()
            return value
        }
    }

    private func expectProblem(
        _ answer: String,
        _ status: Int,
        _ code: String,
        count: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(200))", sourceLocation: sourceLocation)
        #expect(answer.contains("application/problem+json"), "\(answer.prefix(400))", sourceLocation: sourceLocation)
        #expect(answer.contains("\"code\":\"\(code)\""), "\(answer.suffix(400))", sourceLocation: sourceLocation)
        #expect(answer.ranges(of: "HTTP/1.1 ").count == count, "\(answer)", sourceLocation: sourceLocation)
    }

    private static let head = "POST /open/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    private static let smuggled = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

    // MARK: S1, S2: framing

    @Test(
        "S1: contradictory or unknown framing is 400 and the connection closes; what follows is not executed",
        arguments: [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n",
            "Content-Length: 0x5\r\n", "Content-Length: 5,5\r\n", "Content-Length: 5, 6\r\n", "Content-Length: -1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 5 5\r\n", "Transfer-Encoding: identity\r\n", "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding:\u{0b}chunked\r\n", "Content-Length : 5\r\n",
        ]
    )
    func framing(header: String) async throws {
        let api = TestAPI()
        let answer = try await exchange("\(Self.head)\(header)\r\n0\r\n\r\n\(Self.smuggled)", api: api)
        expectProblem(answer, 400, "malformed_request")
        #expect(!answer.contains("\"status\":\"ok\""))
        #expect(api.executed.value == 0)
    }

    @Test(
        "S2: illegal bytes and shapes in a head are 400 and close",
        arguments: [
            "GET /livez HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
            "GET /li vez HTTP/1.1\r\nHost: a\r\n\r\n", "GET /livez HTTP/9.9\r\nHost: a\r\n\r\n", "GARBAGE\r\n\r\n",
            "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}",
            "MAKE-IT-UP /livez HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func illegalHead(request: String) async throws {
        let answer = try await exchange(request + Self.smuggled)
        expectProblem(answer, 400, "malformed_request")
    }

    @Test(
        "S2: chunk sizes that overflow or are no numbers are 400 and close",
        arguments: [
            "ffffffffffffffff1\r\n", "fffffffffffffffff\r\n", "-1\r\n", "0x5\r\n", "+5\r\n", " 5\r\n", "5;a\nb\r\n", "g\r\n",
            "5\nhello\n0\n\n",
        ]
    )
    func chunkSize(chunk: String) async throws {
        let api = TestAPI()
        let answer = try await exchange(
            "\(Self.head)Transfer-Encoding: chunked\r\n\r\n\(chunk)hello\r\n0\r\n\r\n\(Self.smuggled)",
            api: api
        )
        expectProblem(answer, 400, "malformed_request")
        #expect(api.executed.value == 0)
    }

    @Test("S6: no Host, two, and an empty one are 400", arguments: ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n", "Host:\r\n"])
    func host(header: String) async throws {
        let answer = try await exchange("GET /livez HTTP/1.1\r\n\(header)Connection: close\r\n\r\n")
        expectProblem(answer, 400, "malformed_request")
    }

    @Test("A proper chunked body is read")
    func chunked() async throws {
        let answer = try await exchange(
            "\(Self.head)Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{ }\r\n2;name=value\r\n  \r\n0\r\n\r\n"
        )
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.hasSuffix("{\"length\":5}"))
    }

    // MARK: R1, R6: sizes

    @Test(
        "R1: a body that is too large by its own account is 413 at once, without waiting for it",
        arguments: ["1025", "1000000000000", "99999999999999999999999"]
    )
    func declaredTooLarge(length: String) async throws {
        let api = TestAPI()
        let answer = try await exchange("\(Self.head)Content-Length: \(length)\r\n\r\n", api: api)
        // A length beyond 64 bits does not get past the parser.
        if length.count > 20 { expectProblem(answer, 400, "malformed_request") } else { expectProblem(answer, 413, "body_too_large") }
        #expect(answer.lowercased().contains("connection: close"))
        #expect(api.executed.value == 0)
    }

    @Test("R1: a chunked body without end is 413 when it passes the limit")
    func endless() async throws {
        let api = TestAPI()
        let answer = try await withConnection(api) { connection in
            await connection.send("\(Self.head)Transfer-Encoding: chunked\r\n\r\n")
            let chunk = "400\r\n\(String(repeating: "x", count: 1024))\r\n"
            for _ in 0..<4 { await connection.send(chunk) }
            return try #require(await connection.readToEnd())
        }
        expectProblem(answer, 413, "body_too_large")
        #expect(api.executed.value == 0)
    }

    @Test("R1: a body shorter than its Content-Length is not executed")
    func short() async throws {
        let api = TestAPI()
        try await withConnection(api) { connection in
            await connection.send("\(Self.head)Content-Length: 10\r\n\r\n{}")
            await connection.close()
        }
        #expect(api.executed.value == 0)
    }

    @Test("R1: what follows a body is another request, not part of it")
    func long() async throws {
        let answer = try await exchange("\(Self.head)Content-Length: 2\r\n\r\n{}junk")
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.contains("{\"length\":2}"))
        #expect(answer.contains("HTTP/1.1 400 "))
    }

    @Test("R6: too much head is 431 and closes")
    func headTooLarge() async throws {
        let big = String(repeating: "x", count: 65 * 1024)
        expectProblem(try await exchange("GET /livez HTTP/1.1\r\nHost: a\r\nX: \(big)\r\n\r\n"), 431, "headers_too_large")
        let many = (0..<500).map { "X-\($0): y\r\n" }.joined()
        expectProblem(try await exchange("GET /livez HTTP/1.1\r\nHost: a\r\n\(many)\r\n"), 431, "headers_too_large")
        let split = (0..<20).map { "X-\($0): \(String(repeating: "y", count: 4096))\r\n" }.joined()
        expectProblem(try await exchange("GET /livez HTTP/1.1\r\nHost: a\r\n\(split)\r\n"), 431, "headers_too_large")
    }

    @Test("R6: a long address is 414, a longer one 431")
    func address() async throws {
        let long = String(repeating: "a", count: 32 * 1024)
        expectProblem(try await exchange("GET /\(long) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 414, "address_too_long")
    }

    // MARK: S3: pipelining

    @Test("S3: a request hidden in the body of a refused one is not executed")
    func hidden() async throws {
        let api = TestAPI()
        let hidden = "POST /open/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        for refused in [
            "POST /api/v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n",
            "POST /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n",
        ] {
            let answer = try await exchange(refused + hidden, api: api)
            #expect(answer.hasPrefix("HTTP/1.1 4"))
            #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
        }
        #expect(api.executed.value == 0)
        // After 413 the connection is over, whatever else is in it.
        let tooLarge = try await exchange("\(Self.head)Content-Length: 300000\r\n\r\n\(hidden)\(hidden)", api: api)
        expectProblem(tooLarge, 413, "body_too_large")
        #expect(api.executed.value == 0)
    }

    @Test("Pipelined requests are answered in order, and the connection stays open")
    func pipelined() async throws {
        let answer = try await withConnection { connection in
            await connection.send(
                "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nGET /api/health HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            return try #require(await connection.read(until: "\"version\":\"1.0.0\"}"))
        }
        #expect(answer.matches(of: /HTTP\/1.1 (\d+)/).map { String($0.1) } == ["200", "404", "200"])
    }

    @Test("A small body that nobody read does not end the connection")
    func unread() async throws {
        let answer = try await withConnection { connection in
            await connection.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
            _ = await connection.read(until: "not_found")
            await connection.send(Self.smuggled)
            return try #require(await connection.read(until: "\"status\":\"ok\""))
        }
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 2)
    }

    @Test("405 for methods that the router does not know, on the wire too", arguments: ["QUERY", "TRACE", "PROPFIND", "PURGE"])
    func methods(method: String) async throws {
        let answer = try await exchange("\(method) /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        expectProblem(answer, 405, "method_not_allowed")
        #expect(answer.contains("GET, HEAD, OPTIONS"))
    }

    // MARK: R4: slowness

    @Test("R4: a head that never ends, and a client that says nothing, are cut off")
    func slowHead() async throws {
        #expect(try await exchange("") == "")
        #expect(try await exchange("GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n") == "")
    }

    @Test("R4: dripping header bytes does not keep a connection alive")
    func drippingHead() async throws {
        let closed = try await withConnection { connection in
            await connection.send("GET /livez HTTP/1.1\r\nHost: a\r\n")
            return try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        await connection.send("X: y\r\n")
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    return nil
                }
                group.addTask { await connection.readToEnd() }
                let first = try await group.next() ?? nil
                group.cancelAll()
                return first
            }
        }
        #expect(closed == "")
    }

    @Test("R4: a body that does not come is 408 and closes")
    func slowBody() async throws {
        let api = TestAPI()
        let answer = try await exchange("\(Self.head)Content-Length: 10\r\n\r\n{", api: api)
        expectProblem(answer, 408, "request_timeout")
        #expect(api.executed.value == 0)
    }

    @Test("A handler that does not answer in time is 503, and the connection ends")
    func slowAnswer() async throws {
        let api = APIRouter(APIConfiguration(logger: TestAPI().logger))
        api.router.get("/slow") { _, _ in
            try await Task.sleep(for: .seconds(4))
            return JSONResponse { $0.member("late", true) }
        }
        let app = Application(
            router: api.finished(),
            server: .guarded(.quick),
            configuration: .init(address: .hostname("127.0.0.1", port: 0))
        )
        let answer = try await app.test(.live) { client in
            let connection = try await RawConnection.open(client.port)
            await connection.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            return try #require(await connection.readToEnd())
        }
        expectProblem(answer, 503, "deadline_exceeded")
        #expect(answer.contains("Retry-After: 5"))
    }

    @Test("An idle connection is closed, a used one is not")
    func idle() async throws {
        let answer = try await exchange(Self.smuggled)
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
    }
}

extension ConnectionLimits {
    /// A second or less for everything.
    static var quick: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.idle = .milliseconds(800)
        limits.body = .milliseconds(500)
        limits.answer = .milliseconds(600)
        limits.linger = .milliseconds(300)
        return limits
    }
}

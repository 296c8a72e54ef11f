import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import API

/// A server that sends each text back, says how long binary messages are, and remembers how its sockets ended.
struct EchoServer {
    var limits = WebSocketLimits()
    var connectionLimits = ConnectionLimits()
    let sockets = Sockets()

    /// What is open, for tests that speak first.
    final class Sockets: Sendable {
        private let open = Mutex<[WebSocketConnection]>([])
        private let codes = Mutex<[UInt16]>([])

        var last: WebSocketConnection? { open.withLock { $0.last } }
        func add(_ connection: WebSocketConnection) { open.withLock { $0.append(connection) } }
        func ended(_ connection: WebSocketConnection) { codes.withLock { $0.append(connection.closeCode?.rawValue ?? 0) } }
        var endings: [UInt16] { codes.withLock { $0 } }
    }

    init(_ adjust: (inout WebSocketLimits) -> Void = { _ in }) {
        limits.takesBinary = true
        // Some cases send a message byte by byte.
        limits.framesAtOnce = 100_000
        limits.waitingMessages = 1000
        adjust(&limits)
    }

    func run<Value: Sendable>(_ body: @Sendable (Int?) async throws -> Value) async throws -> Value {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let api = APIRouter(APIConfiguration(logger: logger))
        let (limits, sockets) = (limits, sockets)
        api.router.get("/socket") { request, context in
            try await WebSocketUpgrade(request).response(on: context.channel, limits: limits) { connection in
                sockets.add(connection)
                for await message in connection.messages {
                    switch message {
                    case .text(let text): connection.send(text)
                    case .binary(let bytes): connection.send(ByteBuffer(string: "binary \(bytes.readableBytes)"))
                    }
                }
                sockets.ended(connection)
            }
        }
        api.router.get("/plain") { _, _ in "plain" }
        let application = Application(
            router: api.finished(),
            server: .guarded(connectionLimits),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            logger: logger
        )
        return try await application.test(.live) { client in try await body(client.port) }
    }

    /// One socket whose upgrade went well.
    func exchange<Value: Sendable>(_ body: @Sendable (RawSocket) async throws -> Value) async throws -> Value {
        try await run { port in
            let socket = try await RawSocket.open(port)
            let head = await socket.head()
            #expect(head.hasPrefix("HTTP/1.1 101 "), "\(head)")
            let value = try await body(socket)
            await socket.close()
            return value
        }
    }
}

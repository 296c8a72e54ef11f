import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A server that treats every connection as told, byte by byte: what it takes to see how a client fails.
final class ScriptedServer: Sendable {
    enum Behaviour: Sendable {
        /// Answers each request; the text is the whole answer.
        case answer(String)
        case answerAfter(TimeAmount, String)
        /// Reads requests and says nothing.
        case stall
        case closeOnAccept
        /// Reads a whole request, then closes.
        case closeAfterRequest
        /// Sends this and closes, without a request's end.
        case sendAndClose(String)
    }

    private let channel: any Channel
    private let received = Mutex<[String]>([])
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    /// Whole requests, head and body.
    var requests: [String] { received.withLock { $0 } }
    let port: Int

    static func start(_ behaviour: Behaviour) async throws -> ScriptedServer {
        let box = Box()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(behaviour: behaviour, received: { text in box.server.withLock { $0 }?.note(text) })
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel)
        box.server.withLock { $0 = server }
        return server
    }

    /// A port where nobody listens.
    static func deadPort() async throws -> Int {
        let server = try await start(.stall)
        try await server.stop()
        return server.port
    }

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// Returns once a whole request has come in that was not waited for before.
    func nextRequest() async {
        var iterator = arrivals.stream.makeAsyncIterator()
        await iterator.next()
    }

    func stop() async throws {
        try await channel.close()
    }

    private func note(_ request: String) {
        received.withLock { $0.append(request) }
        arrivals.continuation.yield()
    }

    static func response(_ status: String, _ body: String, headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private final class Box: Sendable {
        let server = Mutex<ScriptedServer?>(nil)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let received: @Sendable (String) -> Void
        private var text = ""

        init(behaviour: Behaviour, received: @escaping @Sendable (String) -> Void) {
            self.behaviour = behaviour
            self.received = received
        }

        func channelActive(context: ChannelHandlerContext) {
            if case .closeOnAccept = behaviour { context.close(promise: nil) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            if case .sendAndClose(let answer) = behaviour { return send(answer, context, close: true) }
            while let request = nextRequest() {
                received(request)
                switch behaviour {
                case .answer(let answer): send(answer, context, close: false)
                case .answerAfter(let delay, let answer):
                    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                    context.eventLoop.scheduleTask(in: delay) { bound.value.0.send(answer, bound.value.1, close: false) }
                case .closeAfterRequest: context.close(promise: nil)
                case .stall, .closeOnAccept, .sendAndClose: break
                }
            }
        }

        private func send(_ answer: String, _ context: ChannelHandlerContext, close: Bool) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            if close { context.close(promise: nil) }
        }

        private func nextRequest() -> String? {
            guard let headEnd = text.range(of: "\r\n\r\n") else { return nil }
            let head = text[..<headEnd.upperBound].lowercased()
            let length =
                head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
                ?? 0
            let bytes = Array(text.utf8)
            let end = head.utf8.count + length
            guard bytes.count >= end else { return nil }
            text = String(decoding: bytes[end...], as: UTF8.self)
            return String(decoding: bytes[..<end], as: UTF8.self)
        }
    }
}

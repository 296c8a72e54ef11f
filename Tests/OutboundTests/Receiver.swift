import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server that answers as told, byte by byte, and keeps what it was asked.
final class Receiver: Sendable {
    enum Behaviour: Sendable {
        /// The text is the whole answer; the connection stays.
        case answer(String)
        /// The text, then one byte each 50 ms for ever.
        case drip(String)
        /// The first text, then the second one for ever.
        case flood(String, String)
        case answerBytes([UInt8])
    }

    struct State {
        var connections = 0
        var closed = 0
        var requests: [String] = []
        var bytesSent = 0
    }

    private let channel: any Channel
    private let state: Shared
    let port: Int

    var connections: Int { state.value.withLock { $0.connections } }
    var closed: Int { state.value.withLock { $0.closed } }
    var requests: [String] { state.value.withLock { $0.requests } }
    var bytesSent: Int { state.value.withLock { $0.bytesSent } }

    /// - Parameter tls: nil for none.
    static func run(
        _ behaviour: Behaviour,
        at host: String = "127.0.0.5",
        port: Int = 0,
        tls: NIOSSLContext? = nil,
        _ body: (Receiver) async throws -> Void
    ) async throws {
        let state = Shared()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    state.value.withLock { $0.connections += 1 }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour, state))
                }
            }
            .bind(host: host, port: port).get()
        let receiver = Receiver(channel, state)
        let result: Result<Void, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        try await channel.close().get()
        try result.get()
    }

    private init(_ channel: any Channel, _ state: Shared) {
        self.channel = channel
        self.state = state
        port = channel.localAddress?.port ?? 0
    }

    final class Shared: Sendable {
        let value = Mutex(State())
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let state: Shared
        private var text = ""

        init(_ behaviour: Behaviour, _ state: Shared) {
            self.behaviour = behaviour
            self.state = state
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.value.withLock { $0.closed += 1 }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard let end = text.firstRange(of: "\r\n\r\n"), text[end.upperBound...].utf8.count >= length else { return }
            let request = text
            text = ""
            state.value.withLock { $0.requests.append(request) }
            switch behaviour {
            case .answer(let answer): send(ByteBuffer(string: answer), context)
            case .answerBytes(let bytes): send(ByteBuffer(bytes: bytes), context)
            case .drip(let start):
                send(ByteBuffer(string: start), context)
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
                    guard bound.value.1.channel.isActive else { return task.cancel() }
                    bound.value.0.send(ByteBuffer(string: "a"), bound.value.1)
                }
            case .flood(let start, let rest):
                send(ByteBuffer(string: start), context)
                flood(String(repeating: rest, count: max(1, 16_384 / rest.utf8.count)), context)
            }
        }

        private var length: Int {
            let field = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            return field.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        }

        private func flood(_ text: String, _ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let buffer = ByteBuffer(string: text)
            context.writeAndFlush(wrapOutboundOut(buffer)).whenSuccess {
                bound.value.0.state.value.withLock { $0.bytesSent += buffer.readableBytes }
                bound.value.0.flood(text, bound.value.1)
            }
        }

        private func send(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
    }
}

/// Answers each question with the next of its answers, the last one again and again.
final class ScriptedResolver: Sendable {
    private let answers: [[String]]
    private let asked = Mutex<[String]>([])

    init(_ answers: [String]...) {
        self.answers = answers
    }

    var questions: [String] { asked.withLock { $0 } }

    func next(_ name: String) -> [String] {
        let count = asked.withLock { asked in
            asked.append(name)
            return asked.count
        }
        return answers[min(count, answers.count) - 1]
    }
}

import Core
import Crypto
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import Synchronization

/// A restaurant's own server, which is told what happens. It keeps every request and answers as it is told to.
final class HookReceiver: Sendable {
    struct Hook: Sendable {
        let path: String
        let headers: [String: String]
        let body: [UInt8]
        let at: ContinuousClock.Instant

        var id: String { headers["webhook-id"] ?? "" }
        var text: String { String(decoding: body, as: UTF8.self) }

        var json: JSONElement {
            get throws { try JSONDocument(parsing: body).root }
        }

        var type: String { (try? json["type"]?.string) ?? "" }

        /// Which of `secrets` signed, as Standard Webhooks 1.0 says, written down here a second time on purpose.
        func signers(_ secrets: [String]) -> [Int] {
            let signatures = headers["webhook-signature"]?.split(separator: " ") ?? []
            return secrets.indices.filter { index in
                guard secrets[index].hasPrefix("whsec_"), let key = Data(base64Encoded: String(secrets[index].dropFirst(6))) else {
                    return false
                }
                let content = Data("\(id).\(headers["webhook-timestamp"] ?? "").".utf8) + Data(body)
                let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key))
                return signatures.contains("v1,\(Data(code).base64EncodedString())")
            }
        }
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
        var delay: TimeAmount = .zero
    }

    typealias Script = @Sendable (_ hook: Hook, _ earlier: Int) -> Reply

    private struct State {
        var hooks: [Hook] = []
        var script: Script
    }

    private let state: Mutex<State>
    private let channel = Mutex<(any Channel)?>(nil)

    var hooks: [Hook] { state.withLock { $0.hooks } }
    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }
    func hooks(at path: String) -> [Hook] { hooks.filter { $0.path == path } }
    func answer(_ script: @escaping Script) { state.withLock { $0.script = script } }

    /// - Parameter script: what is answered; `earlier` is how many came before at the same path.
    static func run(_ script: @escaping Script = { _, _ in Reply() }, _ body: (HookReceiver) async throws -> Void) async throws {
        let receiver = HookReceiver(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 512)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.channel.withLock { $0 = channel }
        let result: Result<Void, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        try await channel.close().get()
        try result.get()
    }

    private init(_ script: @escaping Script) {
        state = Mutex(State(script: script))
    }

    private func take(_ hook: Hook) -> Reply {
        let (script, earlier) = state.withLock { state in
            let earlier = state.hooks.count { $0.path == hook.path }
            state.hooks.append(hook)
            return (state.script, earlier)
        }
        return script(hook, earlier)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: HookReceiver
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ receiver: HookReceiver) { self.receiver = receiver }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
            case .end:
                guard let head else { return }
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
                let reply = receiver.take(Hook(path: head.uri, headers: headers, body: body, at: .now))
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: reply.delay) { bound.value.0.send(reply, bound.value.1) }
            }
        }

        private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            var headers = HTTPHeaders(reply.headers)
            headers.replaceOrAdd(name: "content-length", value: String(reply.body.utf8.count))
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: reply.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

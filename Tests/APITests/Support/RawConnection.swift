import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection that sends exactly what it is told, for requests that no HTTP client would make.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// - Parameter address: of this end, one of 127.0.0.0/8; nil for the system's choice.
    static func open(_ port: Int?, from address: String? = nil) async throws -> RawConnection {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(inbox)) }
            }
        if let address { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: 0)) }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port ?? 0).get()
        return RawConnection(channel, inbox)
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    /// A server that has hung up makes this a no-op; what it answered before is still to be read.
    func send(_ bytes: [UInt8]) async {
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Everything received until the server closes; nil when it does not within `seconds`.
    func readToEnd(seconds: Int = 20) async -> String? {
        await wait(seconds) { $0.isClosed }
    }

    /// Everything received as soon as it contains `text` `count` times; nil when that does not happen.
    func read(until text: String, count: Int = 1, seconds: Int = 20) async -> String? {
        await wait(seconds) { $0.text.components(of: text) >= count }
    }

    func close() async { try? await channel.close().get() }

    /// Says no more, and still listens.
    func closeOutput() async { try? await channel.close(mode: .output).get() }

    /// Ends it as a crash does: what is underway is lost.
    func reset() async {
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        await close()
    }

    private func wait(_ seconds: Int, _ condition: @escaping @Sendable (Inbox.State) -> Bool) async -> String? {
        let timeout = channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) { self.inbox.giveUp() }
        defer { timeout.cancel() }
        return await inbox.wait(for: condition)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

private final class Inbox: Sendable {
    struct State: Sendable {
        var text = ""
        var isClosed = false
        var waiter: (condition: @Sendable (State) -> Bool, continuation: CheckedContinuation<String?, Never>)?
    }

    private let state = Mutex(State())

    func update(_ change: @Sendable (inout State) -> Void) {
        let done = state.withLock { state -> (CheckedContinuation<String?, Never>, String)? in
            change(&state)
            guard let waiter = state.waiter, waiter.condition(state) else { return nil }
            state.waiter = nil
            return (waiter.continuation, state.text)
        }
        done?.0.resume(returning: done?.1)
    }

    func giveUp() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.continuation.resume(returning: nil)
    }

    func wait(for condition: @escaping @Sendable (State) -> Bool) async -> String? {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> String? in
                if condition(state) { return state.text }
                state.waiter = (condition, continuation)
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        inbox.update { $0.text += text }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.update { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

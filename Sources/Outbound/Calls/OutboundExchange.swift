import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Watches one request: whether anything of it left us, and what came back, of which it reads up to a limit and keeps less.
final class OutboundExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// Thrown to stop reading; the answer stands.
    private struct Enough: Error {}

    private struct State {
        var hasStarted = false
        var head: HTTPResponseHead?
        var kept: [UInt8] = []
        var read = 0
        var hasEnough = false
    }

    private let state = Mutex(State())
    private let readLimit: Int
    private let keptLimit: Int

    init(readLimit: Int, keptLimit: Int) {
        self.readLimit = readLimit
        self.keptLimit = keptLimit
    }

    /// Whether the head of the request was handed to a connection.
    var hasStarted: Bool { state.withLock { $0.hasStarted } }

    /// The answer so far; nil while it may go on.
    func answer(isComplete: Bool) -> OutboundAnswer? {
        state.withLock { state in
            guard let head = state.head, isComplete || state.hasEnough else { return nil }
            return OutboundAnswer(status: Int(head.status.code), retryAfter: head.headers.first(name: "retry-after"), body: state.kept)
        }
    }

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        state.withLock { $0.hasStarted = true }
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { $0.head = head }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let goesOn = state.withLock { state in
            state.kept.append(contentsOf: buffer.readableBytesView.prefix(keptLimit - state.kept.count))
            state.read += buffer.readableBytes
            state.hasEnough = state.read > readLimit
            return !state.hasEnough
        }
        return goesOn ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(Enough())
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}

import NIOCore
import Synchronization

/// One open WebSocket as the task that serves it sees it: what the client says is a sequence, what it is told is queued without waiting.
public final class WebSocketConnection: Sendable {
    public enum Message: Sendable, Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
    }

    private struct State {
        var outbox: WebSocketOutbox
        var phase = Phase.opening
        /// Somebody has told the event loop that there is something to write.
        var isFlushing = false
        /// How it ended.
        var code: WebSocketCloseCode?
        /// Frames taken for sending, for the metrics.
        var sent = 0
        var closing: (code: WebSocketCloseCode, reason: String)?
    }

    private enum Phase {
        /// The answer to the request is on its way; what is sent meanwhile waits, also a close frame.
        case opening
        case open(NIOLoopBound<WebSocketHandler>)
        case closed
    }

    /// What the client says; ends as soon as either side closes.
    public let messages: AsyncStream<Message>
    private let inbox: AsyncStream<Message>.Continuation
    private let eventLoop: any EventLoop
    private let state: Mutex<State>
    private let backlogFrames: Int
    private let backlogBytes: Int

    init(limits: WebSocketLimits, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        backlogFrames = limits.backlogFrames
        backlogBytes = limits.backlogBytes
        (messages, inbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limits.waitingMessages))
        state = Mutex(State(outbox: WebSocketOutbox(limits: limits)))
    }

    /// Queues a text message. A client that is too far behind is closed with 4408 instead; on a closed connection nothing happens.
    ///
    /// - Parameter isDroppable: whether it may be left out when the client is behind.
    public func send(_ text: ByteBuffer, isDroppable: Bool = false) {
        let handler = state.withLock { state -> NIOLoopBound<WebSocketHandler>? in
            if case .closed = state.phase { return nil }
            guard state.closing == nil else { return nil }
            if !state.outbox.append(text, isDroppable: isDroppable) {
                state.closing = (.slow, "too far behind; connect again and resume")
            } else if state.isFlushing {
                return nil
            }
            state.isFlushing = true
            guard case .open(let handler) = state.phase else { return nil }
            return handler
        }
        if let handler { eventLoop.execute { handler.value.flush() } }
    }

    /// Sends a close frame, forgets what still waits to be sent, and ends the connection when the client has answered. Returns at once.
    public func close(_ code: WebSocketCloseCode, _ reason: String = "") {
        let handler = state.withLock { state -> NIOLoopBound<WebSocketHandler>? in
            if case .closed = state.phase { return nil }
            if state.closing == nil { state.closing = (code, reason) }
            state.outbox.clear()
            guard case .open(let handler) = state.phase else { return nil }
            return handler
        }
        if let handler { eventLoop.execute { handler.value.flush() } }
    }

    /// Returns when at most `count` messages wait and a quarter of the bytes that may, or the connection is closed.
    ///
    /// It looks every few milliseconds: how fast a client reads is not known before, and there may be several who wait.
    ///
    /// - Returns: false when that did not happen in time.
    public func waitForRoom(leaving count: Int, timeout: Duration) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        while !Task.isCancelled {
            let isWaiting = state.withLock { state in
                if case .closed = state.phase { return false }
                return state.outbox.count > count || state.outbox.bytes > backlogBytes / 4
            }
            guard isWaiting else { return true }
            guard deadline > .now else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    public var isClosed: Bool {
        state.withLock { state in
            if case .closed = state.phase { true } else { false }
        }
    }

    /// How it ended: the first code that either side sent, 1006 without one; nil while it is open.
    public var closeCode: WebSocketCloseCode? { state.withLock { $0.code } }

    /// Text messages that were written.
    public var sent: Int { state.withLock { $0.sent } }

    /// Messages and bytes that wait for the client.
    public var backlog: (frames: Int, bytes: Int) { state.withLock { ($0.outbox.count, $0.outbox.bytes) } }

    /// Whether half of what may wait does: who sends many should wait a little, and then go on or give up.
    public var isBehind: Bool {
        let (frames, bytes) = backlog
        return frames > backlogFrames / 2 || bytes > backlogBytes / 2
    }

    // MARK: The handler's side

    func opened(by handler: NIOLoopBound<WebSocketHandler>) {
        state.withLock { state in
            if case .opening = state.phase { state.phase = .open(handler) }
        }
    }

    enum Next {
        case text(ByteBuffer)
        case close(WebSocketCloseCode, String)
        /// The next one comes with a flush of its own.
        case nothing
    }

    /// What to write next.
    func next() -> Next {
        state.withLock { state in
            if let (code, reason) = state.closing { return .close(code, reason) }
            guard let text = state.outbox.next() else {
                state.isFlushing = false
                return .nothing
            }
            state.sent += 1
            return .text(text)
        }
    }

    /// Whether the session wants it closed.
    var isClosing: Bool { state.withLock { $0.closing != nil } }

    /// - Returns: whether there was room for it.
    func received(_ message: Message) -> Bool {
        if case .dropped = inbox.yield(message) { return false }
        return true
    }

    /// Neither side will say anything more. The first call counts.
    func ended(_ code: WebSocketCloseCode) {
        state.withLock { state in
            if state.code == nil { state.code = code }
            state.phase = .closed
            state.outbox.clear()
        }
        inbox.finish()
    }
}

import Core
import NIOCore
import NIOHTTPTypes
import NIOWebSocket

/// The end of a WebSocket's pipeline: answers pings, sends its own, carries out the closing handshake, and passes messages between the client and a
/// `WebSocketConnection`.
///
/// What the HTTP side of the connection still writes is thrown away: for it, the answer with status 101 is one whose body lasts.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = Never
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = WebSocketFrame

    private enum Phase {
        case open
        /// Our close frame is written; the client's is awaited.
        case closing
        case closed
    }

    private let connection: WebSocketConnection
    private let limits: WebSocketLimits
    private var reader: WebSocketReader
    private var phase = Phase.open
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var awaitsPong = false
    /// Whether the client has taken some of what waited for it, since somebody last asked.
    private var hasTaken = false
    /// Frames that may still come at this moment.
    private var allowance: Double
    private var allowanceAt = NIODeadline.now()

    init(_ connection: WebSocketConnection, limits: WebSocketLimits) {
        self.connection = connection
        self.limits = limits
        reader = WebSocketReader(limits: limits)
        allowance = Double(limits.framesAtOnce)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// Once nothing in the pipeline speaks HTTP any more.
    func start() {
        guard let context else { return }
        connection.opened(by: NIOLoopBound(self, eventLoop: context.eventLoop))
        // Not all at the same moment after a restart that brought everybody back at once.
        let first = limits.ping.nanoseconds
        schedule(.nanoseconds(Int64.random(in: (first / 2)...max(first, 1)))) { $0.sendPing() }
        flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: close(.serviceRestart, "the server restarts; connect again and resume")
        case ChannelEvent.inputClosed:
            // Nobody is there to read an answer.
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch phase {
        case .closed: return
        case .closing:
            // Only the answer to our close frame is of interest now.
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        case .open: break
        }
        guard takeAllowance() else { return close(.tooMany, "at most \(limits.framesPerSecond) frames a second") }
        do throws(WebSocketViolation) {
            switch try reader.read(frame) {
            case nil: break
            case .text(let text): deliver(.text(text))
            case .binary(let bytes): deliver(.binary(bytes))
            case .ping(let payload): write(.pong, payload, context)
            case .pong: awaitsPong = false
            case .close(let code):
                phase = .closing
                connection.ended(code ?? .normal)
                // The same code comes back, none for none.
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                writeClose(code, "", context).whenComplete { _ in bound.value.close(promise: nil) }
                schedule(TimeAmount(limits.close)) { $0.context?.close(promise: nil) }
            }
        } catch {
            fail(error, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After an error the decoder reports whatever else arrives as one more.
        guard phase == .open else { return }
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            fail(WebSocketViolation(.messageTooLarge, "messages have at most \(limits.messageBytes) bytes"), context)
        case is NIOWebSocketError: fail(WebSocketViolation(.protocolError, "control frame too long or in fragments"), context)
        default: context.close(promise: nil)
        }
    }

    private func deliver(_ message: WebSocketConnection.Message) {
        if !connection.received(message) { close(.tooMany, "messages come faster than they are handled") }
    }

    /// A bucket that fills at the allowed rate.
    private func takeAllowance() -> Bool {
        let now = NIODeadline.now()
        let seconds = Double((now - allowanceAt).nanoseconds) / 1e9
        allowance = min(Double(limits.framesAtOnce), allowance + seconds * Double(limits.framesPerSecond))
        allowanceAt = now
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            hasTaken = true
            flush()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Writes what waits, as far as the client takes it; a close frame whether it does or not.
    func flush() {
        guard let context, phase == .open else { return }
        var isWritten = false
        loop: while context.channel.isWritable || connection.isClosing {
            switch connection.next() {
            case .text(let text):
                context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: text)), promise: nil)
                isWritten = true
            case .close(let code, let reason): return close(code, reason)
            case .nothing: break loop
            }
        }
        if isWritten { context.flush() }
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        // A client that sends pings and reads nothing gets no pongs to pile up.
        guard context.channel.isWritable else { return }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: nil)
    }

    private func sendPing() {
        guard let context, phase == .open else { return }
        guard context.channel.isWritable else {
            // A ping would stand behind all that waits. Whoever takes some of that lives, on a slow line; whoever takes nothing does not.
            hasTaken = false
            return schedule(TimeAmount(limits.pong)) { handler in
                guard handler.hasTaken || handler.context?.channel.isWritable == true else {
                    return handler.close(.internalError, "nothing is read")
                }
                handler.sendPing()
            }
        }
        awaitsPong = true
        write(.ping, ByteBuffer(string: "maitre"), context)
        schedule(TimeAmount(limits.pong)) { handler in
            guard !handler.awaitsPong else { return handler.close(.internalError, "no pong came") }
            handler.schedule(TimeAmount(handler.limits.ping)) { $0.sendPing() }
        }
    }

    // MARK: The end

    /// Begins the closing handshake.
    func close(_ code: WebSocketCloseCode, _ reason: String) {
        guard let context, phase == .open else { return }
        phase = .closing
        connection.ended(code)
        _ = writeClose(code, reason, context)
        // A client that does not read gets the frame when it has read what the sockets' buffers hold, or never.
        schedule(TimeAmount(limits.close)) { $0.context?.close(promise: nil) }
    }

    /// Closes without waiting for the client, whose frames can no longer be read (RFC 6455, 7.1.7). Only our direction is ended at first: closing a socket
    /// with unread bytes in it would reset it before the client has our close frame.
    private func fail(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        phase = .closing
        connection.ended(violation.code)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        writeClose(violation.code, violation.reason, context).whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
        schedule(TimeAmount(limits.close)) { $0.context?.close(promise: nil) }
    }

    private func writeClose(_ code: WebSocketCloseCode?, _ reason: String, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code.rawValue)
            payload.writeString(reason)
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: payload)), promise: promise)
        return promise.futureResult
    }

    private func finish() {
        phase = .closed
        timer?.cancel()
        timer = nil
        context = nil
        connection.ended(.abnormal)
    }

    /// Replaces the one timer: for the next ping, for a pong, or for the end.
    private func schedule(_ delay: TimeAmount, _ body: @escaping @Sendable (WebSocketHandler) -> Void) {
        guard let context else { return }
        timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: delay) { body(bound.value) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

import Core
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Watches one connection below the router: answers what the parser refuses with a problem document, and ends a connection that takes too long.
///
/// Deadlines cost a request nothing but a few assignments on its own event loop: there is one timer a connection, and it is looked at again only when it
/// fires. Work that a timed-out request started is not cancelled; the database's and the providers' own time limits end it.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var state: ConnectionState
    private let limits: ConnectionLimits
    private let logger: Logger
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var parserError: HTTPParserError?
    /// Set once the last answer of this connection is written: what still comes in is thrown away.
    private var isClosing = false
    private var discarded = 0
    /// What an answer with status 101 turns the connection into.
    private var socket: (connection: WebSocketConnection, limits: WebSocketLimits)?

    init(limits: ConnectionLimits, logger: Logger) {
        self.limits = limits
        self.logger = logger
        state = ConnectionState(limits: limits)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isClosing { return discard(part, context) }
        let now = context.eventLoop.now
        switch part {
        case .head(let head):
            state.readHead(at: now, contentLength: head.headerFields[.contentLength], stopsParser: Self.stopsParser(head))
        case .body(let buffer): state.readBody(buffer.readableBytes)
        case .end: state.readEnd(at: now)
        }
        watch(context)
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nobody behind us asks for more once the answer is out.
        if isClosing { context.read() } else { context.fireChannelReadComplete() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writability(context.channel.isWritable, at: context.eventLoop.now)
        watch(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError:
            parserError = error
            context.fireErrorCaught(error)
        case is HTTP1TypeConversionError:
            // A method or path that the types cannot hold. As a parser error, Hummingbird answers it instead of dropping the connection.
            parserError = .invalidURL
            context.fireErrorCaught(HTTPParserError.invalidURL)
        case is ByteToMessageDecoderError.PayloadTooLargeError:
            // Sent after a request that asked for another protocol, before it was answered: nobody will read it.
            context.close(promise: nil)
        default:
            context.fireErrorCaught(error)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            if let parserError, Self.isBareRefusal(head) {
                answer(Self.problem(for: parserError), context, promise)
                return
            }
            socket = nil
            if state.answerLeavesBodyUnread || state.answerIsLast { head.headerFields[.connection] = "close" }
            state.writeHead(closes: head.headerFields[.connection]?.lowercased() == "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head(let head) where head.status == .switchingProtocols:
            context.write(data, promise: promise)
            switchProtocols(context)
        case .end:
            let closes = state.writeEnd(at: context.eventLoop.now)
            context.write(data, promise: promise)
            if closes { close(context) }
        default:
            context.write(data, promise: promise)
        }
    }

    // MARK: Other protocols

    /// Says what the connection becomes with an answer of status 101 to the request that is being handled.
    func prepareSocket(_ connection: WebSocketConnection, limits: WebSocketLimits) {
        socket = (connection, limits)
    }

    /// Whether the parser reads nothing after this request, because what follows may be of another protocol.
    private static func stopsParser(_ head: HTTPRequest) -> Bool {
        if head.method == .connect { return true }
        guard head.headerFields.contains(.upgrade) else { return false }
        return head.headerFields[values: .connection].contains { $0.lowercased().contains("upgrade") }
    }

    /// Everything that speaks HTTP goes, and what arrived after the request comes out of its decoder as the first of the new protocol.
    private func switchProtocols(_ context: ChannelHandlerContext) {
        context.flush()
        guard let socket else { return context.close(promise: nil) }
        let pipeline = context.pipeline.syncOperations
        do {
            let handler = WebSocketHandler(socket.connection, limits: socket.limits)
            let handlers: [any ChannelHandler] = [
                WebSocketFrameEncoder(),
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: socket.limits.messageBytes)),
                handler,
            ]
            try pipeline.addHandlers(handlers, position: .after(self))
            _ = pipeline.removeHandler(try pipeline.handler(type: HTTPResponseEncoder.self))
            _ = pipeline.removeHandler(try pipeline.handler(type: HTTP1ToHTTPServerCodec.self))
            _ = pipeline.removeHandler(try pipeline.handler(type: HTTPConnectionStateHandler.self))
            _ = pipeline.removeHandler(try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self))
            _ = pipeline.removeHandler(self)
            handler.start()
        } catch {
            logger.error("The connection's protocol could not be changed", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    // MARK: Answers of our own

    /// Hummingbird's answer to a parser error.
    private static func isBareRefusal(_ head: HTTPResponse) -> Bool {
        head.status == .badRequest && head.headerFields[.contentLength] == "0" && head.headerFields[.connection] == "close"
    }

    private static func problem(for error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow: Problem(.headersTooLarge, detail: "The request's head is too large.")
        default: Problem(.malformedRequest, detail: "The request is not valid HTTP/1.1.")
        }
    }

    /// Writes `problem` as the connection's last answer.
    private func answer(_ problem: Problem, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        var problem = problem
        problem.requestID = UUID.v7().lowercased
        problem.headers[.connection] = "close"
        problem.headers[.requestID] = problem.requestID
        problem.headers[.xContentTypeOptions] = "nosniff"
        logger.debug("Connection refused", metadata: ["code": .string(problem.code.rawValue), "requestId": .string(problem.requestID)])
        let head = problem.response().head
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: problem.document()))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
        close(context)
    }

    /// Ends the connection so that the client still gets the answer: closing a socket with unread bytes in it would reset it.
    private func close(_ context: ChannelHandlerContext) {
        isClosing = true
        timer?.cancel()
        context.flush()
        context.close(mode: .output, promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(limits.linger)) { bound.value.close(promise: nil) }
        context.read()
    }

    private func discard(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head, .end: break
        case .body(let buffer):
            discarded += buffer.readableBytes
            if discarded > limits.lingerBytes { context.close(promise: nil) }
        }
    }

    // MARK: Deadlines

    /// Makes sure that the timer looks at the next deadline.
    private func watch(_ context: ChannelHandlerContext) {
        guard let deadline = state.deadline, timer == nil || deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            handler.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        switch state.overdue(at: context.eventLoop.now) {
        case nil: watch(context)
        case .body:
            answer(Problem(.requestTimeout, detail: "The body did not arrive in time."), context, nil)
        case .answer:
            logger.warning("Request exceeded its deadline")
            answer(Problem(.deadlineExceeded, headers: [.retryAfter: "5"]), context, nil)
        case .stuck:
            context.close(promise: nil)
        }
    }
}

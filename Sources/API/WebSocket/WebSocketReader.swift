import NIOCore
import NIOWebSocket

/// Puts a client's frames together into messages, and refuses what RFC 6455 forbids. Knows no channel.
///
/// NIO's decoder has checked lengths, and that control frames are whole and short. Its aggregator is not used: it lets reserved bits, unmasked frames and
/// unknown opcodes through, and could check text only when all of it is here.
struct WebSocketReader {
    enum Message: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// Without a code when the frame had none.
        case close(WebSocketCloseCode?)
    }

    private let limits: WebSocketLimits
    /// A message whose last fragment is still to come.
    private var fragments: (opcode: WebSocketOpcode, data: ByteBuffer)?
    private var text = UTF8Validator()

    init(limits: WebSocketLimits) {
        self.limits = limits
    }

    /// - Returns: nil after a fragment that is not the last.
    mutating func read(_ frame: WebSocketFrame) throws(WebSocketViolation) -> Message? {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { throw WebSocketViolation(.protocolError, "reserved bit set") }
        guard frame.maskKey != nil else { throw WebSocketViolation(.protocolError, "frame not masked") }
        switch frame.opcode {
        case .ping: return .ping(frame.unmaskedData)
        case .pong: return .pong(frame.unmaskedData)
        case .connectionClose: return .close(try Self.closeCode(frame.unmaskedData))
        case .text, .binary:
            guard fragments == nil else { throw WebSocketViolation(.protocolError, "message inside another") }
            guard frame.opcode == .text || limits.takesBinary else {
                throw WebSocketViolation(.unsupportedData, "only text is understood")
            }
            text = UTF8Validator()
            return try append(frame, to: (frame.opcode, ByteBuffer()))
        case .continuation:
            guard let fragments else { throw WebSocketViolation(.protocolError, "nothing to continue") }
            self.fragments = nil
            return try append(frame, to: fragments)
        default: throw WebSocketViolation(.protocolError, "unknown opcode")
        }
    }

    private mutating func append(
        _ frame: WebSocketFrame,
        to message: (opcode: WebSocketOpcode, data: ByteBuffer)
    ) throws(WebSocketViolation) -> Message? {
        var (opcode, data) = message
        guard data.readableBytes + frame.length <= limits.messageBytes else {
            throw WebSocketViolation(.messageTooLarge, "messages have at most \(limits.messageBytes) bytes")
        }
        var piece = frame.unmaskedData
        if opcode == .text {
            guard text.accept(piece.readableBytesView), !frame.fin || text.isComplete else {
                throw WebSocketViolation(.invalidText, "text is not UTF-8")
            }
        }
        if data.readableBytes == 0 { data = piece } else { data.writeBuffer(&piece) }
        guard frame.fin else {
            fragments = (opcode, data)
            return nil
        }
        return opcode == .text ? .text(data) : .binary(data)
    }

    private static func closeCode(_ payload: ByteBuffer) throws(WebSocketViolation) -> WebSocketCloseCode? {
        var payload = payload
        guard payload.readableBytes > 0 else { return nil }
        guard let number = payload.readInteger(as: UInt16.self) else { throw WebSocketViolation(.protocolError, "half a close code") }
        let code = WebSocketCloseCode(rawValue: number)
        guard code.mayBeReceived else { throw WebSocketViolation(.protocolError, "close code that may not be sent") }
        var reason = UTF8Validator()
        guard reason.accept(payload.readableBytesView), reason.isComplete else {
            throw WebSocketViolation(.invalidText, "reason is not UTF-8")
        }
        return code
    }
}

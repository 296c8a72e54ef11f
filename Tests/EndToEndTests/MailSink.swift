import Core
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// An SMTP server (RFC 5321) that takes every message and keeps it, as far as a client that sends one message needs one. Refuses recipients that begin
/// with `refused`, and everything while `isDown`.
final class MailSink: Sendable {
    struct Message: Sendable {
        let sender: String
        let recipient: String
        /// As it came: header, empty line, text.
        let content: String

        /// The decoded text.
        var text: String {
            let parts = content.components(separatedBy: "\r\n\r\n")
            let encoded = parts.dropFirst().joined().replacing("\r\n", with: "")
            return Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    fileprivate struct State {
        var messages: [Message] = []
        var isDown = false
        var connections = 0
    }

    fileprivate let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    var messages: [Message] { state.withLock { $0.messages } }
    var connections: Int { state.withLock { $0.connections } }
    var url: String { "smtp://127.0.0.1:\(channel.withLock { $0?.localAddress?.port } ?? 0)" }

    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    static func run(_ body: (MailSink) async throws -> Void) async throws {
        let sink = MailSink()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Conversation(sink)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        sink.channel.withLock { $0 = channel }
        let result: Result<Void, any Error>
        do { result = .success(try await body(sink)) } catch { result = .failure(error) }
        try await channel.close().get()
        try result.get()
    }
}

private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let sink: MailSink
    private var received = ""
    private var sender = ""
    private var recipient = ""
    private var content: String?

    init(_ sink: MailSink) { self.sink = sink }

    func channelActive(context: ChannelHandlerContext) {
        sink.state.withLock { $0.connections += 1 }
        answer(sink.state.withLock { $0.isDown } ? "421 come again" : "220 sink", context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.range(of: "\r\n") {
            let line = String(received[..<end.lowerBound])
            received.removeSubrange(..<end.upperBound)
            take(line, context)
        }
    }

    private func take(_ line: String, _ context: ChannelHandlerContext) {
        if let text = content {
            guard line == "." else {
                content = text + (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
                return
            }
            content = nil
            sink.state.withLock { $0.messages.append(.init(sender: sender, recipient: recipient, content: text)) }
            return answer("250 taken", context)
        }
        switch line.prefix(4).uppercased() {
        case "EHLO", "HELO": answer("250 sink", context)
        case "MAIL":
            sender = address(line)
            answer("250 ok", context)
        case "RCPT":
            recipient = address(line)
            answer(recipient.hasPrefix("refused") ? "550 nobody of that name" : "250 ok", context)
        case "DATA":
            content = ""
            answer("354 go on", context)
        case "QUIT": answer("221 bye", context)
        default: answer("502 what", context)
        }
    }

    private func address(_ line: String) -> String { String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }) }

    private func answer(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}

import Core
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Stands before everything else in a new connection: counts it for its address, or shows it out.
///
/// What is shown out was never read, and costs neither a parser's buffer nor a wait: the answer goes into the socket as it is and the socket is closed. A
/// client that sent its request first may see a reset in its place.
final class ConnectionAdmission: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let addresses: AddressConnections
    private let logger: Logger

    init(_ addresses: AddressConnections, logger: Logger) {
        self.addresses = addresses
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        let addresses = addresses
        switch addresses.admit(context.remoteAddress) {
        case .free: break
        case .counted(let network): context.channel.closeFuture.whenComplete { _ in addresses.release(network) }
        case .refused:
            logger.debug("Connection refused", metadata: ["code": .string(ProblemCode.rateLimited.rawValue)])
            context.writeAndFlush(wrapOutboundOut(Self.refusal()), promise: nil)
            context.close(promise: nil)
            return
        }
        context.fireChannelActive()
        // It has nothing to do with what comes now.
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private static func refusal() -> ByteBuffer {
        var problem = Problem(.rateLimited, detail: "This address has too many connections open.")
        problem.requestID = UUID.v7().lowercased
        problem.headers[.requestID] = problem.requestID
        problem.headers[.connection] = "close"
        problem.headers[.xContentTypeOptions] = "nosniff"
        let response = problem.response()
        let body = problem.document()
        var buffer = ByteBuffer(string: "HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\n")
        for field in response.headers where field.name != .contentLength { buffer.writeString("\(field.name): \(field.value)\r\n") }
        buffer.writeString("Content-Length: \(body.count)\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }
}

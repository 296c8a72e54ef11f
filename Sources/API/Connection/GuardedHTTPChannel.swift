import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Hummingbird's HTTP/1.1 connection with a `ConnectionGuard` in it.
///
/// A channel of our own rather than a handler added to Hummingbird's, because its decoder has to keep what arrives behind a request for a WebSocket. The
/// upgrade itself is an answer like any other (`WebSocketUpgrade`), so plain requests have nothing more in their way.
public struct GuardedHTTPChannel: ServerChildChannel, HTTPChannelHandler {
    public typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    public let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    /// Nil where an address may have as many connections as there are.
    let addresses: AddressConnections?

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var head = NIOHTTPDecoderLimitConfiguration()
            head.maxHeaderFieldSize = limits.headerBytes
            head.maxHeaderListSize = limits.headerBytes
            head.maxHeaderFieldCount = limits.headerFields
            let pipeline = channel.pipeline.syncOperations
            if let addresses { try pipeline.addHandler(ConnectionAdmission(addresses, logger: logger)) }
            try pipeline.addHandler(HTTPResponseEncoder())
            // What `configureHTTPServerPipeline` would make, but for two things: bytes behind an upgrade go on to whoever comes after, and are bounded until
            // it is decided who that is.
            try pipeline.addHandler(
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: head),
                    maximumBufferSize: limits.undecodedBytes
                )
            )
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(ConnectionGuard(limits: limits, logger: logger))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: limits.idle, logger: logger))
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    public func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 whose connections cannot be held up: give it to `Application(server:)`.
    ///
    /// - Parameter addresses: what one address may have; nil for no limit of its own.
    public static func guarded(_ limits: ConnectionLimits = ConnectionLimits(), addresses: AddressConnections? = nil) -> HTTPServerBuilder {
        HTTPServerBuilder { GuardedHTTPChannel(responder: $0, limits: limits, addresses: addresses) }
    }
}

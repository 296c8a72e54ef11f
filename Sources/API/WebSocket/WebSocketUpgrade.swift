import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A request that wants to become a WebSocket (RFC 6455, 4.2), and may.
///
/// The upgrade is an answer like any other, so that whatever middleware does for a request is done for this one, and a refusal is a problem document. Its
/// body is the life of the socket: it lasts as long, in the task of the connection. `ConnectionGuard` changes the pipeline when it sees the answer's head.
public struct WebSocketUpgrade: Sendable {
    private let accept: String

    /// - Throws: `Problem` 426 with what would be understood, or 400.
    public init(_ request: Request) throws {
        guard request.method == .get else {
            throw Problem(.methodNotAllowed, detail: "A WebSocket begins with GET.", headers: [.allow: "GET"])
        }
        guard Self.tokens(request, .upgrade).contains("websocket"), Self.tokens(request, .connection).contains("upgrade") else {
            throw Self.required("This address speaks WebSocket only: send Connection: Upgrade and Upgrade: websocket.")
        }
        guard request.headers[values: .secWebSocketVersion] == ["13"] else {
            throw Self.required("Sec-WebSocket-Version must be 13.")
        }
        let keys = request.headers[values: .secWebSocketKey]
        // 16 bytes are 24 characters in the one encoding that they have.
        guard keys.count == 1, keys[0].utf8.count == 24, let bytes = Data(base64Encoded: keys[0]), bytes.count == 16,
            bytes.base64EncodedString() == keys[0]
        else { throw Problem(.malformedRequest, detail: "Sec-WebSocket-Key must be 16 bytes in base64, sent once.") }
        guard request.headers[.contentLength].map({ $0 == "0" }) ?? true, request.headers[.transferEncoding] == nil else {
            throw Problem(.malformedRequest, detail: "A request for a WebSocket has no body.")
        }
        accept = Data(Insecure.SHA1.hash(data: Data((keys[0] + Self.salt).utf8))).base64EncodedString()
    }

    /// Whether it is one at all, as far as `Upgrade` says.
    static func isWanted(_ request: Request) -> Bool { tokens(request, .upgrade).contains("websocket") }

    /// The answer that changes the protocol.
    ///
    /// - Parameters:
    ///   - channel: of the request.
    ///   - serve: lives as long as the socket does; when it returns, the socket is closed with 1000 unless it was closed already. Not called when the
    ///     connection is lost before the answer is written.
    public func response(
        on channel: any Channel,
        limits: WebSocketLimits,
        serve: @escaping @Sendable (WebSocketConnection) async -> Void
    ) async throws -> Response {
        let connection = WebSocketConnection(limits: limits, eventLoop: channel.eventLoop)
        do {
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).prepareSocket(connection, limits: limits)
            }.get()
        } catch {
            // Gone, or not one of our connections.
            throw Self.required("A WebSocket needs an HTTP/1.1 connection.")
        }
        // Also when the client is gone before the answer was written, and no handler is there to notice.
        channel.closeFuture.whenComplete { _ in connection.ended(.abnormal) }
        let body = ResponseBody { writer in
            await serve(connection)
            connection.close(.normal)
            try? await channel.closeFuture.get()
            try await writer.finish(nil)
        }
        return Response(
            status: .switchingProtocols,
            headers: [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketAccept: accept],
            body: body
        )
    }

    private static let salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    private static func required(_ detail: String) -> Problem {
        // RFC 9110, 15.5.22: says what to upgrade to, which is of this connection only.
        Problem(.upgradeRequired, detail: detail, headers: [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketVersion: "13"])
    }

    private static func tokens(_ request: Request, _ name: HTTPField.Name) -> [String] {
        request.headers[values: name].flatMap { value in
            value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        }
    }
}

import HTTPTypes
import Hummingbird
import NIOCore

/// A response with a JSON body.
func jsonAnswer(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    Response(
        status: status,
        headers: [.contentType: "application/json; charset=UTF-8", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes()))
    )
}

extension Request {
    /// The body's bytes; a body over `limit` throws what becomes an empty 413.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        let buffer = try await body.collect(upTo: limit)
        return Array(buffer.readableBytesView)
    }

    /// A query parameter, percent-decoded; nil when it is absent or empty.
    func query(_ name: String) -> String? {
        guard let value = uri.queryParameters[name[...]], !value.isEmpty else { return nil }
        return String(value)
    }

    /// The token of `Authorization: Bearer …`; or of `access_token` in the query, which Graph takes too.
    var bearerToken: String? {
        if let header = headers[.authorization], header.count > 7, header.prefix(7).lowercased() == "bearer " {
            return String(header.dropFirst(7))
        }
        return query("access_token")
    }
}

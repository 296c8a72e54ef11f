import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer with a JSON body that is written already: one buffer, so that Hummingbird writes head, body and end at once.
public struct JSONResponse: ResponseGenerator {
    public let status: HTTPResponse.Status
    public var headers: HTTPFields
    let body: ByteBuffer

    public init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ writer: JSONWriter) {
        self.status = status
        self.headers = headers
        body = ByteBuffer(bytes: writer.bytes)
    }

    /// - Parameter write: writes the one top-level object's members.
    public init(
        _ status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:],
        object write: (inout JSONWriter) throws -> Void
    ) rethrows {
        var writer = JSONWriter()
        try writer.object(write)
        self.init(status, headers: headers, writer)
    }

    /// 201 with the address of what was made.
    public static func created(at location: String, _ writer: JSONWriter) -> JSONResponse {
        JSONResponse(.created, headers: [.location: location], writer)
    }

    public func response(from request: Request, context: some RequestContext) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

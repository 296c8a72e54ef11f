import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer with status 400 or above: a problem document (RFC 9457) in `application/problem+json`.
///
/// Routes and middleware throw it. `ProblemMiddleware` adds what only the request knows, and the router renders it.
public struct Problem: HTTPResponseError, Equatable {
    public let code: ProblemCode
    /// One sentence about this occurrence. Never a stack, SQL, a path on disk or a secret.
    public let detail: String
    /// One entry for each wrong member of the input.
    public let fields: [DomainError.Field]
    /// Header fields of the answer beyond the content's: `Allow`, `Retry-After`, `WWW-Authenticate` …
    public var headers: HTTPFields
    /// When an exhausted allowance is refilled.
    public let resetsAt: Timestamp?
    /// The path of the request, without its query.
    var instance = ""
    var requestID = ""

    /// - Parameter detail: the code's title when nil.
    public init(
        _ code: ProblemCode,
        detail: String? = nil,
        fields: [DomainError.Field] = [],
        headers: HTTPFields = [:],
        resetsAt: Timestamp? = nil
    ) {
        self.code = code
        self.detail = detail ?? code.title + "."
        self.fields = fields
        self.headers = headers
        self.resetsAt = resetsAt
        switch code.status.code {
        case 401 where headers[.wwwAuthenticate] == nil:
            // RFC 6750: no error parameter when no credential was presented.
            self.headers[.wwwAuthenticate] = #"Bearer realm="maitre""# + (code.isAboutToken ? #", error="invalid_token""# : "")
        case 429 where headers[.retryAfter] == nil, 503 where headers[.retryAfter] == nil:
            self.headers[.retryAfter] = "1"
        case 408, 413:
            // The rest of the body is not read.
            self.headers[.connection] = "close"
        default:
            break
        }
    }

    public var status: HTTPResponse.Status { code.status }

    /// The document's bytes.
    public func document() -> [UInt8] {
        var writer = JSONWriter(reserving: 320)
        writer.object { writer in
            writer.member("type", "urn:maitre:problem:" + code.rawValue)
            writer.member("title", code.title)
            writer.member("status", Int64(status.code))
            writer.member("detail", detail)
            writer.member("instance", instance)
            writer.member("code", code.rawValue)
            writer.member("requestId", requestID)
            if let resetsAt { writer.member("resetsAt", resetsAt.rfc3339) }
            if !fields.isEmpty {
                writer.member(
                    "errors",
                    array: { writer in
                        for field in fields {
                            writer.object {
                                $0.member("pointer", field.pointer)
                                $0.member("code", field.code)
                                $0.member("message", field.message)
                            }
                        }
                    }
                )
            }
        }
        return writer.bytes
    }

    public func response(from request: Request, context: some RequestContext) throws -> Response { response() }

    /// The whole answer.
    public func response() -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document())))
    }
}

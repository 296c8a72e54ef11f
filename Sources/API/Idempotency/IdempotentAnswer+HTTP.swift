import HTTPTypes
import Hummingbird
import NIOCore
import Tenancy

extension IdempotentAnswer {
    /// What is kept of an answer, so that a repetition of its request gets the same bytes.
    init(_ response: JSONResponse) {
        self.init(
            status: response.status.code,
            location: response.headers[.location],
            entityTag: response.headers[.eTag],
            body: Array(response.body.readableBytesView)
        )
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.location] = location
        headers[.eTag] = entityTag
        if isReplay { headers[.idempotentReplayed] = "true" }
        return Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

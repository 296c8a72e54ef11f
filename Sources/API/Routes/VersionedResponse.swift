import Core
import HTTPTypes
import Hummingbird

/// 200 with one resource and its `ETag`, or 304 without a body for a client that has this version already (`api.md` 4, rule 8).
struct VersionedResponse: ResponseGenerator {
    private let tag: EntityTag
    private let writer: JSONWriter

    init(_ tag: EntityTag, _ writer: JSONWriter) {
        self.tag = tag
        self.writer = writer
    }

    func response(from request: Request, context: some RequestContext) -> Response {
        // Only what reads can be answered with what the client has: after a change it asks for the result.
        if request.method == .get || request.method == .head, tag.isKnown(to: request) { return tag.notModified }
        return JSONResponse(.ok, headers: [.eTag: tag.description], writer).response(from: request, context: context)
    }
}

extension JSONResponse {
    /// 201 with the address and the `ETag` of what was made.
    static func created(at location: String, _ tag: EntityTag, _ writer: JSONWriter) -> JSONResponse {
        var response = JSONResponse.created(at: location, writer)
        response.headers[.eTag] = tag.description
        return response
    }
}

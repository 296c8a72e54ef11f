import HTTPTypes
import Hummingbird

/// The reference with its console and the guides at `/docs` (K5), and the description of the API as a file.
public struct DocsRoutes: Sendable {
    private let files: DocsFiles

    public init(_ files: DocsFiles) {
        self.files = files
    }

    /// Nothing from other hosts, nothing inline. `data:` are the small pictures in the renderer's style sheet.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    /// Outside the API, hence not in `openapi.yaml`.
    public func add(to router: Router<AppRequestContext>) {
        router.get("docs") { request, _ in try answer("index", to: request) }
        router.get("docs/:page") { request, context in try answer(context.parameters.get("page") ?? "", to: request) }
        router.get("openapi.yaml") { request, _ in try answer("openapi.yaml", to: request) }
        router.get("openapi.json") { request, _ in try answer("openapi.json", to: request) }
    }

    private func answer(_ name: String, to request: Request) throws -> Response {
        guard let file = files[name] else { throw Problem(.notFound, detail: "There is no such page.") }
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
            .vary: "Accept-Encoding", .referrerPolicy: "no-referrer",
        ]
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        guard let gzipped = file.gzipped, Self.takesGzip(request) else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.body))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: gzipped))
    }

    /// Browsers list `gzip` without a weight; anything more elaborate gets the file as it is.
    private static func takesGzip(_ request: Request) -> Bool {
        (request.headers[.acceptEncoding] ?? "").split(separator: ",").contains { $0.drop { $0 == " " } == "gzip" }
    }
}

import HTTPTypes
import Hummingbird
import NIOCore

/// The phone page at `/phone`.
struct PhoneRoutes<Context: RequestContext>: Sendable {
    let resources: PhoneResources

    /// Nothing from other hosts, nothing inline. `blob:` is the preview of a picture about to be sent.
    private static var policy: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    }

    func add(to router: some RouterMethods<Context>) {
        router.get("phone") { request, _ in file("index.html", request) }
        router.get("phone/:file") { request, context in file(context.parameters.get("file") ?? "", request) }
    }

    private func file(_ name: String, _ request: Request) -> Response {
        guard let file = resources[name] else {
            return Response(
                status: .notFound,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "The phone page has no such file.\n"))
            )
        }
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
            .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("referrer-policy") { headers[name] = "no-referrer" }
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}

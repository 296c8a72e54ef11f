import HTTPTypes
import Hummingbird

/// What every request must obey whatever its route: one `Host`, an address of bearable length, and a body framed in the one way we understand.
public struct RequestRulesMiddleware: RouterMiddleware {
    /// Bytes of path and query.
    static let longestAddress = 8192

    public init() {}

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        // The first Host became the authority; one that is still among the fields is a second.
        guard let host = request.head.authority, !host.isEmpty, !request.headers.contains(.host) else {
            throw Problem(.malformedRequest, detail: "A request has exactly one Host.")
        }
        guard request.uri.string.utf8.count <= Self.longestAddress else {
            throw Problem(.addressTooLong, detail: "Path and query have at most \(Self.longestAddress) bytes.")
        }
        let encodings = request.headers[values: .transferEncoding]
        guard encodings.isEmpty || (encodings.count == 1 && encodings[0].lowercased() == "chunked") else {
            throw Problem(.malformedRequest, detail: "Transfer-Encoding may only be chunked.", headers: [.connection: "close"])
        }
        return try await next(request, context)
    }
}

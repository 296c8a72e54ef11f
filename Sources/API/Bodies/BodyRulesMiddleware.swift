import HTTPTypes
import Hummingbird

/// Refuses by its header fields a body that the group's routes would not read: too large by its own account, of another media type, or encoded.
///
/// The rules go on in the context to the reader, which counts what really comes.
public struct BodyRulesMiddleware: RouterMiddleware {
    private let rules: BodyRules

    public init(_ rules: BodyRules) {
        self.rules = rules
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        try check(request.headers)
        var context = context
        context.bodyRules = rules
        return try await next(request, context)
    }

    private func check(_ headers: HTTPFields) throws {
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(
                .unsupportedContentEncoding,
                detail: "Send the body without Content-Encoding.",
                headers: [.acceptEncoding: "identity"]
            )
        }
        guard let length = headers[.contentLength] else {
            if headers[.transferEncoding] != nil { try checkMediaType(headers) }
            return
        }
        guard let length = Int(length), length >= 0 else {
            // More digits than fit: the parser has let only digits through.
            throw Problem(.bodyTooLarge, detail: tooLarge)
        }
        guard length <= rules.maximumBytes else { throw Problem(.bodyTooLarge, detail: tooLarge) }
        if length > 0 { try checkMediaType(headers) }
    }

    private var tooLarge: String { "The body has at most \(rules.maximumBytes) bytes here." }

    private func checkMediaType(_ headers: HTTPFields) throws {
        let types = headers[values: .contentType]
        guard types.count == 1, let type = types.first, Self.accepts(type, rules.mediaTypes) else {
            throw Problem(.unsupportedMediaType, detail: "Content-Type must be \(rules.mediaTypes.sorted().joined(separator: " or ")).")
        }
    }

    /// A `charset` other than UTF-8 would be another content; unknown parameters change nothing.
    static func accepts(_ contentType: String, _ types: Set<String>) -> Bool {
        // What nearly every client sends.
        if types.contains(contentType) { return true }
        let parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " && $0 != "\t" }
        }
        guard let type = parts.first, types.contains(type) else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || parameter == "charset=utf-8" || parameter == #"charset="utf-8""#
        }
    }
}

import Core
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The whole body, at most as long as the route's rules allow.
    ///
    /// - Throws: `Problem` 413 as soon as one byte too many arrives, without reading on; 400 when it is not as long as `Content-Length` says.
    public func bytes(_ context: some APIRequestContext) async throws -> [UInt8] {
        let maximum = context.bodyRules.maximumBytes
        var bytes: [UInt8] = []
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= maximum else {
                throw Problem(.bodyTooLarge, detail: "The body has at most \(maximum) bytes here.")
            }
            buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        }
        if let declared = headers[.contentLength], Int(declared) != bytes.count {
            throw Problem(.malformedRequest, detail: "The body is not as long as Content-Length says.", headers: [.connection: "close"])
        }
        return bytes
    }

    /// The body as a JSON object.
    ///
    /// - Throws: `Problem` 400 when it is missing, not strict JSON, or not an object at the top; 413 as `bytes`.
    public func json(_ context: some APIRequestContext) async throws -> JSONBody {
        try JSONBody(parsing: await bytes(context))
    }
}

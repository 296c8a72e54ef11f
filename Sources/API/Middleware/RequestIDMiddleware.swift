import Core
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Tenancy

/// Gives each request an id: the client's `X-Request-Id` when it is a plain word (`api.md` 4, rule 6) and no token of ours, a new one otherwise. It is on the answer and on
/// each log line.
public struct RequestIDMiddleware: RouterMiddleware {
    public init() {}

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let id = Self.accepted(request.headers[values: .requestID]) ?? UUID.v7().lowercased
        context.trace.requestID = id
        var context = context
        context.logger[metadataKey: "requestId"] = .string(id)
        return try await withHeaders({ $0[.requestID] = id }) { try await next(request, context) }
    }

    /// `^[A-Za-z0-9_-]{1,64}$`, sent once: it goes into logs and headers as it is.
    static func accepted(_ values: [String]) -> String? {
        guard values.count == 1, let value = values.first, (1...64).contains(value.utf8.count) else { return nil }
        let isPlain = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        // Whoever mixes up two header fields must not find the key in the logs of everybody in between.
        return isPlain && TokenFormat.kind(of: value) == nil ? value : nil
    }
}

extension RouterMiddleware {
    /// Edits the header fields of the answer, also of one that is thrown.
    func withHeaders(_ edit: (inout HTTPFields) -> Void, _ next: () async throws -> Response) async throws -> Response {
        do {
            var response = try await next()
            edit(&response.headers)
            return response
        } catch var problem as Problem {
            edit(&problem.headers)
            throw problem
        }
    }
}

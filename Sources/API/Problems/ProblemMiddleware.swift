import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Tenancy

/// Turns whatever a request threw into a `Problem` and throws that on.
///
/// It throws instead of answering, because CORS headers and tracing of spans go by the error. An unknown error becomes a 500 that says nothing, and
/// one line at level error that says everything; nobody further out logs it again.
public struct ProblemMiddleware: RouterMiddleware {
    private let mapping: ProblemMapping
    private let routes: RouteTable
    private let trail: AuditTrail?

    /// - Parameters:
    ///   - routes: knows which methods a path has, filled when all routes are added.
    ///   - trail: takes what is refused (A8).
    public init(mapping: ProblemMapping = ProblemMapping(), routes: RouteTable, trail: AuditTrail? = nil) {
        self.mapping = mapping
        self.routes = routes
        self.trail = trail
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // The connection is unusable; the channel answers (see `ConnectionGuard`).
            throw error
        } catch let error as HTTPError where error.status == .notFound && context.endpointPath == RouteTable.unmatched {
            let methods = routes.methods(of: request.uri.path)
            guard !methods.isEmpty else { throw finished(Problem(.notFound), request, context) }
            let allow = methods.map(\.rawValue).joined(separator: ", ")
            // An OPTIONS that is not a CORS preflight: what may be done here.
            if request.method == .options { return Response(status: .noContent, headers: [.allow: allow]) }
            throw finished(Problem(.methodNotAllowed, detail: "Allowed here: \(allow).", headers: [.allow: allow]), request, context)
        } catch {
            if let problem = mapping.problem(for: error) { throw finished(problem, request, context) }
            context.logger.error(
                "Unexpected error",
                metadata: [
                    "error": .string(String(reflecting: error)), "requestId": .string(context.requestID),
                    "route": .string(context.endpointPath ?? ""), "method": .string(request.method.rawValue),
                ]
            )
            throw finished(Problem(.internalError, detail: "The error was logged under this request id."), request, context)
        }
    }

    /// Whether somebody wanted what they may not have, rather than made a mistake.
    private static func isRefusal(_ problem: Problem) -> Bool {
        switch problem.status {
        case .unauthorized, .forbidden, .tooManyRequests: true
        default: problem.code == .webhookReplayed
        }
    }

    private func finished(_ problem: Problem, _ request: Request, _ context: AppRequestContext) -> Problem {
        var problem = problem
        problem.instance = request.uri.path
        problem.requestID = context.requestID
        context.trace.record(problem.code)
        if let trail, Self.isRefusal(problem) {
            let entry = AuditEntry(
                action: .accessRefused,
                outcome: .refused,
                code: problem.code.rawValue,
                of: context.trace.merchant,
                by: context.trace.actor,
                // The template and not the path: repetitions are counted, and nothing that a client wrote gets into the log.
                details: ["route": .text("\(request.method.rawValue) \(context.endpointPath ?? RouteTable.unmatched)")]
            )
            trail.record(entry)
        }
        return problem
    }
}

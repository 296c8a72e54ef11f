import Core
import Hummingbird
import Jobs
import Tenancy

/// `/jobs/queues`: how full the queues are and how fast they are worked on, and stopping one of them, for platform keys (H1).
public struct QueueRoutes: Sendable {
    private let service: QueueService

    public init(_ service: QueueService) {
        self.service = service
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let queues = base.group("jobs/queues", context: PlatformContext.self)
        queues.get("", .admin, use: list)
        queues.get("/{queue}", .admin, use: find)
        queues.post("/{queue}/pause", .admin, use: pause)
        queues.post("/{queue}/resume", .admin, use: resume)
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        .page(try await service.queues(), nextCursor: nil) { writer, state in writer.object { state.writeMembers(to: &$0) } }
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let (state, minutes) = try await service.history(of: context.queue())
        return JSONResponse { writer in
            state.writeMembers(to: &writer)
            writer.member("history", array: { for minute in minutes { minute.write(to: &$0) } })
        }
    }

    private func pause(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let state = try await service.pause(context.queue(), by: context.actor)
        return JSONResponse { writer in state.writeMembers(to: &writer) }
    }

    private func resume(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let state = try await service.resume(context.queue(), by: context.actor)
        return JSONResponse { writer in state.writeMembers(to: &writer) }
    }
}

extension PlatformContext {
    /// The queue in the path. What no queue can be called is as absent as an unknown one.
    fileprivate func queue() throws -> Queue {
        guard let name = parameters.get("queue"), name.wholeMatch(of: Queue.namePattern) != nil else { throw Problem(.notFound) }
        return Queue(name)
    }
}

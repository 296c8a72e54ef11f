import Core
import Hummingbird
import Jobs
import Tenancy

/// `/jobs`: one job, and those that were given up, for platform keys (H1).
public struct JobRoutes: Sendable {
    private let service: QueueService
    private let cursors: CursorSigner

    public init(_ service: QueueService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let jobs = base.group("jobs", context: PlatformContext.self)
        jobs.get("/{jobId}", .admin, use: find)
        jobs.get("dead-letters", .admin, use: list)
        jobs.post("dead-letters/replay", .admin, use: replaySome)
        jobs.post("dead-letters/discard", .admin, use: discardSome)
        jobs.post("dead-letters/{jobId}/replay", .admin, use: replay)
        jobs.delete("dead-letters/{jobId}", .admin, use: discard)
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let job = try await service.job(context.job())
        return JSONResponse { writer in job.writeMembers(to: &writer) }
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let filter = DeadLetterFilter(
            queue: query.string("queue", 1...60).map { Queue($0) },
            kind: query.string("kind", 1...100),
            merchant: query.id("merchantId"),
            from: query.timestamp("from"),
            to: query.timestamp("to")
        )
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(
            list: "listDeadLetters",
            merchant: nil,
            filters: [
                ("queue", filter.queue?.name), ("kind", filter.kind), ("merchantId", filter.merchant?.description),
                ("from", filter.from?.rfc3339), ("to", filter.to?.rfc3339),
            ]
        )
        let before = try cursor.map { text in
            var position = try cursors.open(text, for: scope)
            return DeadLetterPosition(diedAt: try position.nextTimestamp(), id: try position.nextInt())
        }
        let (letters, next) = try await service.deadLetters(filter, before: before, limit: limit)
        let nextCursor = next.map { next in
            var position = CursorPosition()
            position.append(next.diedAt)
            position.append(next.id)
            return cursors.sign(position, for: scope)
        }
        return .page(letters, nextCursor: nextCursor) { $1.write(to: &$0) }
    }

    private func replay(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let job = try await service.replay(context.job(), by: context.actor)
        return JSONResponse(.accepted) { writer in job.writeMembers(to: &writer) }
    }

    private func discard(_ request: Request, _ context: PlatformContext) async throws -> Response {
        try await service.discard(context.job(), by: context.actor)
        return Response(status: .noContent)
    }

    private func replaySome(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let (queue, filter) = try await filter(request, context)
        let (count, hasMore) = try await service.replay(filter, of: queue, by: context.actor)
        return JSONResponse(.accepted) { writer in
            writer.member("replayed", Int64(count))
            writer.member("hasMore", hasMore)
        }
    }

    private func discardSome(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let (queue, filter) = try await filter(request, context)
        let (count, hasMore) = try await service.discard(filter, of: queue, by: context.actor)
        return JSONResponse { writer in
            writer.member("discarded", Int64(count))
            writer.member("hasMore", hasMore)
        }
    }

    /// Always of one queue: nobody means all of them at once.
    private func filter(_ request: Request, _ context: PlatformContext) async throws -> (Queue, DeadLetterFilter) {
        try await request.json(context).decode { fields in
            let queue = Queue(fields.required("queue", .text(1...60)))
            let filter = DeadLetterFilter(
                queue: queue,
                kind: fields.optional("kind", .text(1...100)),
                merchant: fields.optional("merchantId", .id()),
                from: fields.optional("from", .timestamp),
                to: fields.optional("to", .timestamp)
            )
            return (queue, filter)
        }
    }
}

extension PlatformContext {
    /// The job in the path. What is no number of a job is as absent as an unknown one.
    fileprivate func job() throws -> Int64 {
        guard let text = parameters.get("jobId"), text.wholeMatch(of: /[1-9][0-9]{0,15}/) != nil, let id = Int64(text) else {
            throw Problem(.notFound)
        }
        return id
    }
}

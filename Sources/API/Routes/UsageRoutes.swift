import Core
import Hummingbird
import Tenancy
import Usage

/// `/usage`: what restaurants have used.
public struct UsageRoutes: Sendable {
    private let service: UsageService

    public init(_ service: UsageService) {
        self.service = service
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        base.group("usage", context: ReaderContext.self).get("", .scope(Scope.usageRead), use: read)
        base.group("usage", context: PlatformContext.self).get("/{restaurantId}", .admin, use: find)
    }

    /// One path for two shapes, as the clients of older dashboards have it: the restaurant's own record, or all of them for the platform.
    private func read(_ request: Request, _ context: ReaderContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit(default: 20)
        let offset = query.offset()
        try query.finish()
        switch context.reach {
        case .merchant(let merchant):
            let record = try await service.record(of: merchant)
            return JSONResponse { record.writeMembers(to: &$0) }
        case .platform:
            let (records, total) = try await service.page(limit: limit, offset: offset)
            var writer = JSONWriter(reserving: 128 + records.count * 512)
            writer.object { writer in
                writer.member("data", array: { for record in records { $0.object { record.writeMembers(to: &$0) } } })
                writer.member(
                    "pagination",
                    object: { writer in
                        writer.member("total", Int64(total))
                        writer.member("limit", Int64(limit))
                        writer.member("offset", Int64(offset))
                        writer.member("hasMore", offset + records.count < total)
                    }
                )
            }
            return JSONResponse(.ok, writer)
        }
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let (record, months) = try await service.history(of: context.id("restaurantId"))
        return JSONResponse { writer in
            record.writeMembers(to: &writer)
            writer.member("history", array: { for month in months { month.write(to: &$0) } })
        }
    }
}

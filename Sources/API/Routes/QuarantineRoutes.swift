import Core
import Hummingbird
import Messaging

/// `/quarantine`: verified updates that no channel takes (B11), for platform keys.
public struct QuarantineRoutes: Sendable {
    private let service: QuarantineService
    private let cursors: CursorSigner

    public init(_ service: QuarantineService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        base.group("quarantine", context: PlatformContext.self).get("", .admin, use: list)
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listQuarantine", merchant: nil)
        let before = try cursor.map { try cursors.id(in: $0, for: scope, QuarantineID.self) }
        let (updates, next) = try await service.page(before: before, limit: limit)
        return .page(updates, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }
}

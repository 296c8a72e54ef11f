import Core
import Foundation
import Hummingbird
import Tenancy

/// `/audit-log`: who changed what and who was refused what (A8), for owners of a restaurant and for platform keys.
public struct AuditRoutes: Sendable {
    private let service: AuditService
    private let cursors: CursorSigner

    public init(_ service: AuditService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        base.group("audit-log", context: ReaderContext.self).get("", .scope(Scope.auditRead, .owner), use: list)
    }

    private func list(_ request: Request, _ context: ReaderContext) async throws -> JSONResponse {
        let isPlatform = context.principal.isPlatform
        let merchant = context.principal.merchant
        let query = try QueryReader(request)
        let filter = AuditFilter(
            action: query.oneOf("action"),
            outcome: query.oneOf("outcome"),
            actor: query.id("actor", AuditSubjectID.self)?.uuid,
            from: query.timestamp("from"),
            to: query.timestamp("to")
        )
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = Self.scope(of: filter, merchant, isPlatform: isPlatform)
        let before = try cursor.map { try cursors.id(in: $0, for: scope, AuditEntryID.self) }
        let (entries, next) =
            if let merchant, !isPlatform {
                try await service.page(of: merchant, filter, before: before, limit: limit)
            } else {
                try await service.platformPage(of: merchant, filter, before: before, limit: limit)
            }
        return .page(entries, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }

    private static func scope(of filter: AuditFilter, _ merchant: MerchantID?, isPlatform: Bool) -> CursorScope {
        CursorScope(
            list: isPlatform ? "listAuditLog platform" : "listAuditLog",
            merchant: merchant,
            filters: [
                ("action", filter.action?.rawValue),
                ("outcome", filter.outcome?.rawValue),
                ("actor", filter.actor?.lowercased),
                ("from", filter.from?.rfc3339),
                ("to", filter.to?.rfc3339),
            ]
        )
    }
}

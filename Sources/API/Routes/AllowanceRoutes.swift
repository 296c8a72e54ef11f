import Core
import Hummingbird
import Tenancy
import Usage

/// `/allowances`: what a restaurant may use. It reads its own; the platform sets them.
public struct AllowanceRoutes: Sendable {
    private let service: UsageService

    public init(_ service: UsageService) {
        self.service = service
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        base.group("allowances", context: MerchantContext.self).get("", .scope(Scope.usageRead), use: own)
        let all = base.group("allowances/{restaurantId}", context: PlatformContext.self)
        all.get("", .admin, use: find)
        all.put("", .admin, use: set)
    }

    private func own(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        return try await service.record(of: context.merchant).allowancesResponse
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        return try await service.platformRecord(of: context.id("restaurantId")).allowancesResponse
    }

    private func set(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        let restaurant: MerchantID = try context.id("restaurantId")
        let allowances = try await request.json(context).decode { fields in
            Allowances(
                dailyLimit: Int32(clamping: fields.required("dailyLimit", .int(Allowances.limits))),
                monthlyLimit: Int32(clamping: fields.required("monthlyLimit", .int(Allowances.limits))),
                perMinute: Int32(clamping: fields.required("perMinute", .int(Allowances.minuteLimits)))
            )
        }
        return try await service.setAllowances(allowances, of: restaurant, by: context.actor).allowancesResponse
    }
}

import Core
import Hummingbird
import Tenancy

/// `/merchants/current`: the restaurant that the request is about, and its settings.
public struct MerchantSettingsRoutes: Sendable {
    private let service: MerchantSettingsService
    private let directory: MerchantService

    public init(_ service: MerchantSettingsService, directory: MerchantService) {
        self.service = service
        self.directory = directory
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let current = base.group("merchants/current", context: MerchantContext.self)
        current.get("", .scope(Scope.settingsRead), use: find)
        current.patch("", .scope(Scope.settingsWrite, .manager), use: update)
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let merchant = try await service.find(of: context.merchant)
        return VersionedResponse(merchant.entityTag, merchant.json)
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let body = try await request.json(context)
        let zones = try await directory.timeZones()
        let patch = try body.decode { fields in try MerchantPatch.read(&fields, zones: zones) }
        let seen = try await service.find(of: context.merchant)
        try seen.entityTag.check(request, required: false)
        let changed = try await service.update(
            patch,
            of: context.merchant,
            ifVersion: request.isConditional ? seen.version : nil,
            by: context.actor
        )
        return VersionedResponse(changed.entityTag, changed.json)
    }
}

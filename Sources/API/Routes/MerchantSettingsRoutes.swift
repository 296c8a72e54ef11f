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

    /// Adds the routes to a group with a credential, under one base of the API.
    public func add(to base: RouterGroup<AppRequestContext>) {
        let current = base.group("merchants/current", context: MerchantContext.self)
        current.get(use: find)
        current.patch(use: update)
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        try context.require(scope: Scope.settingsRead)
        let merchant = try await service.find(of: context.merchant)
        return VersionedResponse(merchant.entityTag, merchant.json)
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        try context.require(scope: Scope.settingsWrite, role: .manager)
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

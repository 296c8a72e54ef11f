import Core
import Hummingbird
import Tenancy

/// `/merchants`: the restaurants of the installation, for platform keys.
public struct MerchantRoutes: Sendable {
    private let service: MerchantService

    public init(_ service: MerchantService) {
        self.service = service
    }

    /// Adds the routes to a group with a credential, under one base of the API.
    public func add(to base: RouterGroup<AppRequestContext>) {
        let merchants = base.group("merchants", context: PlatformContext.self)
        merchants.get(use: list)
        merchants.post(use: create)
        merchants.get("/{merchantId}", use: find)
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        try context.require(scope: "admin")
        let query = try QueryReader(request)
        let limit = query.limit(default: 20)
        let offset = query.offset()
        try query.finish()
        let (merchants, total) = try await service.page(limit: limit, offset: offset)
        return JSONResponse { writer in
            writer.member("data", array: { for merchant in merchants { merchant.write(to: &$0) } })
            writer.key("pagination")
            writer.object { writer in
                writer.member("total", Int64(total))
                writer.member("limit", Int64(limit))
                writer.member("offset", Int64(offset))
                writer.member("hasMore", offset + merchants.count < total)
            }
        }
    }

    private func create(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
        try context.require(scope: "admin")
        let input = try await request.json(context).decode { fields in
            MerchantIn(
                name: fields.required("name", .text(1...120)),
                timeZone: fields.required("timeZone", .text(1...64)),
                locale: fields.required(
                    "locale",
                    .text(2...5).matching(/[a-z]{2}(-[A-Z]{2})?/, "This must be a language such as ar or en-GB.")
                ),
                currency: fields.required("currency", .text(3...3).matching(/[A-Z]{3}/, "This must be an ISO 4217 code such as SAR."))
            )
        }
        let merchant = try await service.create(input, by: context.actor)
        return .created(at: "\(APIBase.version1.rawValue)/merchants/\(merchant.id)", merchant.entityTag, merchant.json)
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        try context.require(scope: "admin")
        let merchant = try await service.find(context.id("merchantId"))
        return VersionedResponse(merchant.entityTag, merchant.json)
    }
}

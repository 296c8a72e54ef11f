import Core
import Hummingbird
import Tenancy

/// `/merchants`: the restaurants of the installation, for platform keys.
public struct MerchantRoutes: Sendable {
    private let service: MerchantService
    private let kept: KeptAnswers

    public init(_ service: MerchantService, kept: KeptAnswers) {
        self.service = service
        self.kept = kept
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let merchants = base.group("merchants", context: PlatformContext.self)
        merchants.get("", .admin, use: list)
        merchants.post("", .admin, use: create)
        merchants.get("/{merchantId}", .admin, use: find)
        merchants.patch("/{merchantId}", .admin, use: update)
        merchants.post("/{merchantId}/suspend", .admin, use: suspend)
        merchants.post("/{merchantId}/reactivate", .admin, use: reactivate)
        merchants.post("/{merchantId}/close", .admin, use: close)
    }

    private func list(_ request: Request, _ context: PlatformContext) async throws -> JSONResponse {
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

    private func create(_ request: Request, _ context: PlatformContext) async throws -> Response {
        let body = try await request.bytes(context)
        let path = "\(APIBase.version1.rawValue)/merchants"
        return try await kept.answer(request, body, at: path, by: context.principal) { (merchant: Merchant) in
            .created(at: "\(path)/\(merchant.id)", merchant.entityTag, merchant.json)
        } _: { answering in
            let body = try JSONBody(parsing: body)
            let zones = try await service.timeZones()
            let input = try body.decode { fields in
                MerchantIn(
                    name: fields.required("name", .name()),
                    timeZone: fields.required("timeZone", .timeZone(among: zones)),
                    locale: fields.required("locale", .language),
                    currency: fields.required("currency", .currency)
                )
            }
            return try await service.create(input, by: context.actor, answering: answering)
        }
    }

    private func find(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        let merchant = try await service.find(context.id("merchantId"))
        return VersionedResponse(merchant.entityTag, merchant.json)
    }

    private func update(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        let id: MerchantID = try context.id("merchantId")
        let body = try await request.json(context)
        let zones = try await service.timeZones()
        let patch = try body.decode { fields in try MerchantPatch.read(&fields, zones: zones) }
        let seen = try await service.find(id)
        try seen.entityTag.check(request, required: false)
        let changed = try await service.update(id, patch, ifVersion: request.isConditional ? seen.version : nil, by: context.actor)
        return VersionedResponse(changed.entityTag, changed.json)
    }

    private func suspend(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        let id: MerchantID = try context.id("merchantId")
        let reason = try await request.optionalJSON(context) { $0.optional("reason", .text(1...500)) } ?? nil
        let merchant = try await service.suspend(id, reason: reason, by: context.actor)
        return VersionedResponse(merchant.entityTag, merchant.json)
    }

    private func reactivate(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        let id: MerchantID = try context.id("merchantId")
        _ = try await request.optionalJSON(context) { _ in }
        let merchant = try await service.reactivate(id, by: context.actor)
        return VersionedResponse(merchant.entityTag, merchant.json)
    }

    private func close(_ request: Request, _ context: PlatformContext) async throws -> VersionedResponse {
        let id: MerchantID = try context.id("merchantId")
        let input = try await request.optionalJSON(context) { fields in
            (days: fields.optional("graceDays", .int(0...365)), reason: fields.optional("reason", .text(1...500)))
        }
        let merchant = try await service.close(id, graceDays: Int(input?.days ?? 30), reason: input?.reason, by: context.actor)
        return VersionedResponse(merchant.entityTag, merchant.json)
    }
}

extension Request {
    /// A body that may be left out, since none of its members must be there; nil without one.
    func optionalJSON<Value>(_ context: some APIRequestContext, _ build: (inout FieldReader) throws -> Value) async throws -> Value? {
        let bytes = try await bytes(context)
        return bytes.isEmpty ? nil : try JSONBody(parsing: bytes).decode(build)
    }

    /// Whether it names the version that it is about; `*` is any.
    var isConditional: Bool { headers[values: .ifMatch].contains { !$0.contains("*") } }
}

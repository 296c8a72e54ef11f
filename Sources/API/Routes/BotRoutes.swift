import Core
import Hummingbird
import Messaging
import Tenancy

/// `/bots`: a restaurant's automated personas.
public struct BotRoutes: Sendable {
    private let service: BotService
    private let kept: KeptAnswers
    private let cursors: CursorSigner

    public init(_ service: BotService, kept: KeptAnswers, cursors: CursorSigner) {
        self.service = service
        self.kept = kept
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let bots = base.group("bots", context: MerchantContext.self)
        bots.get("", .scope(Scope.botsRead), use: list)
        bots.post("", .scope(Scope.botsWrite, .manager), use: create)
        bots.get("/{botId}", .scope(Scope.botsRead), use: find)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listBots", merchant: context.merchant)
        let after = try cursor.map { try cursors.id(in: $0, for: scope, BotID.self) }
        let (bots, next) = try await service.page(of: context.merchant, after: after, limit: limit)
        return .page(bots, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }

    private func create(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let body = try await request.bytes(context)
        let path = "\(APIBase.version1.rawValue)/bots"
        return try await kept.answer(request, body, at: path, of: context.merchant) { (bot: Bot) in
            .created(at: "\(path)/\(bot.id)", bot.entityTag, bot.json)
        } _: { answering in
            let input = try JSONBody(parsing: body).decode { fields in
                BotIn(
                    name: fields.required("name", .name(atMost: 80)),
                    greeting: fields.optional("greeting", .text(1...1024)),
                    menu: fields.optional("menu", .text(1...4096)),
                    openingHours: fields.optional("openingHours", .text(1...1024))
                )
            }
            return try await service.create(input, of: context.merchant, by: context.actor, answering: answering)
        }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let bot = try await service.find(context.id("botId"), of: context.merchant)
        return VersionedResponse(bot.entityTag, bot.json)
    }
}

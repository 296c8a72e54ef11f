import Core
import Hummingbird
import Messaging
import Tenancy

/// `/bots/{botId}/channels`: a bot's WhatsApp numbers.
public struct ChannelRoutes: Sendable {
    private let service: ChannelService
    private let kept: KeptAnswers
    private let cursors: CursorSigner

    public init(_ service: ChannelService, kept: KeptAnswers, cursors: CursorSigner) {
        self.service = service
        self.kept = kept
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let channels = base.group("bots/{botId}/channels", context: MerchantContext.self)
        channels.get("", .scope(Scope.botsRead), use: list)
        channels.post("", .scope(Scope.botsWrite, .manager), use: create)
        channels.get("/{channelId}", .scope(Scope.botsRead), use: find)
        channels.patch("/{channelId}", .scope(Scope.botsWrite, .manager), use: update)
        channels.post("/{channelId}/roll-webhook-secret", .scope(Scope.botsWrite, .manager), use: rollSecret)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let bot: BotID = try context.id("botId")
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listChannels", merchant: context.merchant, filters: [("bot", bot.description)])
        let after = try cursor.map { try cursors.id(in: $0, for: scope, ChannelID.self) }
        let (channels, next) = try await service.page(of: bot, of: context.merchant, after: after, limit: limit)
        return .page(channels, nextCursor: next.map { cursors.sign($0, for: scope) }) { $1.write(to: &$0) }
    }

    private func create(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let bot: BotID = try context.id("botId")
        let body = try await request.bytes(context)
        let path = "\(APIBase.version1.rawValue)/bots/\(bot)/channels"
        return try await kept.answer(request, body, at: path, of: context.merchant) { (channel: Channel) in
            .created(at: "\(path)/\(channel.id)", channel.entityTag, channel.json)
        } _: { answering in
            switch try JSONBody(parsing: body).decode({ fields in try Self.input(&fields, of: bot) }) {
            case .meta(let channel): return try await service.create(channel, of: context.merchant, by: context.actor, answering: answering)
            case .outside(let channel):
                return try await service.create(channel, of: context.merchant, by: context.actor, answering: answering)
            }
        }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let channel = try await service.find(context.id("channelId"), of: context.id("botId"), of: context.merchant)
        return VersionedResponse(channel.entityTag, channel.json)
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let id: ChannelID = try context.id("channelId")
        let bot: BotID = try context.id("botId")
        let patch = try await request.json(context).decode { fields in try Self.patch(&fields) }
        let channel = try await service.update(id, of: bot, of: context.merchant, patch, by: context.actor)
        return VersionedResponse(channel.entityTag, channel.json)
    }

    private func rollSecret(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let id: ChannelID = try context.id("channelId")
        let bot: BotID = try context.id("botId")
        let (secret, overlap) = try await request.json(context).decode { fields in
            (fields.required("webhookSecret", .webhookSecret), fields.optional("overlapSeconds", .int(0...604_800)))
        }
        let expires = try await service.rollSecret(
            of: id,
            bot,
            of: context.merchant,
            to: Secret(secret),
            overlap: .seconds(overlap ?? 86_400),
            by: context.actor
        )
        return JSONResponse { $0.member("previousExpiresAt", expires) }
    }
}

extension FieldRule<String> {
    /// A key of HMAC-SHA256: shorter than its digest it would be the weakest part.
    fileprivate static var webhookSecret: FieldRule { .text(32...256) }
}

extension ChannelRoutes {
    private enum Input {
        case meta(MetaChannelIn)
        case outside(OutsideChannelIn)
    }

    /// Reads `ChannelIn`.
    private static func input(_ fields: inout FieldReader, of bot: BotID) throws -> Input {
        // Whapi and Twilio have channels of another shape.
        let provider = fields.required("provider", .oneOf([ProviderName.meta, .outside]))
        return provider == .outside ? .outside(try outside(&fields, of: bot)) : .meta(try meta(&fields, of: bot))
    }

    private static var displayNumber: FieldRule<String> {
        .text(8...16).matching(/\+[1-9][0-9]{6,14}/, "This must be a number in E.164 such as +966500000001.")
    }

    /// Reads `OutsideChannelIn`.
    private static func outside(_ fields: inout FieldReader, of bot: BotID) throws -> OutsideChannelIn {
        let number = fields.required("displayNumber", Self.displayNumber)
        let secret = fields.required("webhookSecret", .webhookSecret)
        // The pattern has let through numbers only; what stands in for a wrong one never gets past the errors that were noted.
        guard let number = PhoneNumber(number) else { throw Problem(.validationFailed) }
        return OutsideChannelIn(bot: bot, displayNumber: number, webhookSecret: Secret(secret))
    }

    /// Reads `MetaChannelIn`.
    private static func meta(_ fields: inout FieldReader, of bot: BotID) throws -> MetaChannelIn {
        let number = FieldRule<String>.text(1...32).matching(/[0-9]+/, "This is digits only.")
        let phoneNumberID = fields.required("phoneNumberId", number)
        let wabaID = fields.required("wabaId", number)
        let displayNumber = fields.required("displayNumber", Self.displayNumber)
        let appID = fields.required("appId", number)
        let appSecret = fields.required("appSecret", .text(16...128))
        let accessToken = fields.required("accessToken", .text(1...1024))
        let verifyToken = fields.required("verifyToken", .text(8...200))
        // The pattern has let through numbers only; what stands in for a wrong one never gets past the errors that were noted.
        guard let phoneNumber = PhoneNumber(displayNumber) else { throw Problem(.validationFailed) }
        return MetaChannelIn(
            bot: bot,
            phoneNumberID: phoneNumberID,
            wabaID: wabaID,
            displayNumber: phoneNumber,
            appID: appID,
            appSecret: Secret(appSecret),
            accessToken: Secret(accessToken),
            verifyToken: Secret(verifyToken)
        )
    }

    /// What a person may set.
    private enum Status: String, CaseIterable {
        case active, stopped
    }

    /// Reads `ChannelPatch`.
    private static func patch(_ fields: inout FieldReader) throws -> ChannelPatch {
        let names = ["accessToken", "verifyToken", "status", "messagesPerSecond"]
        let patch = ChannelPatch(
            accessToken: fields.change("accessToken", .text(1...1024)).map { Secret($0) },
            verifyToken: fields.change("verifyToken", .text(8...200)).map { Secret($0) },
            status: fields.change("status", .oneOf(Status.self)).flatMap { Channel.Status(rawValue: $0.rawValue) },
            messagesPerSecond: fields.change("messagesPerSecond", .int(1...1000)).map { Int($0) }
        )
        guard names.contains(where: { fields.has($0) }) else {
            throw DomainError.invalid([.init(pointer: "", code: "too_few", message: "Name at least one field.")])
        }
        return patch
    }
}

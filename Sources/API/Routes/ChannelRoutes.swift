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
            let input = try JSONBody(parsing: body).decode { fields in try Self.channel(&fields, of: bot) }
            return try await service.create(input, of: context.merchant, by: context.actor, answering: answering)
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
}

extension ChannelRoutes {
    /// Reads `ChannelIn`.
    private static func channel(_ fields: inout FieldReader, of bot: BotID) throws -> MetaChannelIn {
        let number = FieldRule<String>.text(1...32).matching(/[0-9]+/, "This is digits only.")
        // Whapi and Twilio have channels of another shape.
        _ = fields.required("provider", .oneOf([ProviderName.meta]))
        let phoneNumberID = fields.required("phoneNumberId", number)
        let wabaID = fields.required("wabaId", number)
        let displayNumber = fields.required(
            "displayNumber",
            .text(8...16).matching(/\+[1-9][0-9]{6,14}/, "This must be a number in E.164 such as +966500000001.")
        )
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

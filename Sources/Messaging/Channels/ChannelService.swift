import Core
import Foundation
import Jobs
import Postgres
import Tenancy

/// Use cases of channels.
public struct ChannelService: Sendable {
    let database: TenantDatabase
    private let platform: PlatformDatabase
    let secrets: MerchantSecrets
    private let keyEncryptionBox: SecretBox
    private let alarm: SecretAlarm

    public init(
        database: TenantDatabase,
        platform: PlatformDatabase,
        secrets: MerchantSecrets,
        keyEncryptionBox: SecretBox,
        alarm: SecretAlarm
    ) {
        self.database = database
        self.platform = platform
        self.secrets = secrets
        self.keyEncryptionBox = keyEncryptionBox
        self.alarm = alarm
    }

    /// Makes a Meta channel and routes its number to it.
    ///
    /// - Throws: `number_taken` when the number routes elsewhere, without a word about where; `app_secret_mismatch` when the app is known with another
    ///   secret; `not_found` without such a bot.
    public func create(_ channel: MetaChannelIn, id: ChannelID = .new(), of merchant: MerchantID, by actor: Actor) async throws -> Channel {
        try await create(channel, id: id, of: merchant, by: actor) { build in try await database.tenant(merchant, build) }
    }

    /// The same for a request, answered once.
    public func create(_ channel: MetaChannelIn, of merchant: MerchantID, by actor: Actor, answering: Answering<Channel>) async throws
        -> IdempotentAnswer
    {
        try await create(channel, id: .new(), of: merchant, by: actor) { build in
            try await database.tenant(merchant, answering: answering, build)
        }
    }

    /// - Parameter run: the transaction.
    private func create<Outcome>(
        _ channel: MetaChannelIn,
        id: ChannelID,
        of merchant: MerchantID,
        by actor: Actor,
        _ run: (@Sendable (TenantTransaction) throws -> Pending<Channel>) async throws -> Outcome
    ) async throws -> Outcome {
        // Before the app is registered: a mistaken request must not claim an app id.
        guard try await database.tenant(merchant, { tx in BotRepository(tx).find(channel.bot) }) != nil else {
            throw DomainError.notFound("bot")
        }
        let (app, isNew) = try await ensureApp(appID: channel.appID, secret: channel.appSecret)
        let accessToken = try await seal(channel.accessToken, .accessToken, of: id, merchant)
        let verifyToken = try await seal(channel.verifyToken, .verifyToken, of: id, merchant)
        do {
            return try await run { tx in
                let made = ChannelRepository(tx).insert(
                    id,
                    channel,
                    app: app,
                    sealedAccessToken: accessToken,
                    sealedVerifyToken: verifyToken,
                    verifyTokenHash: ChannelDirectory.hash(ofVerifyToken: channel.verifyToken.reveal())
                )
                tx.audit(AuditEntry(action: .channelCreated, subject: AuditSubject("channel", id), by: actor))
                return made.map { made in
                    guard let made else {
                        throw DomainError(.unavailable, code: "unavailable", message: "The channel could not be stored.")
                    }
                    return made
                }
            }
        } catch {
            // A mistaken request claims no app: what it made goes again, unless somebody has used it meanwhile.
            if isNew { try? await platform.platform { tx in RoutingRepository(tx).removeUnusedMetaApp(app) } }
            switch (error as? PostgresError)?.constraint {
            case "channel_routes_pkey", "channels_number_key":
                throw DomainError(.conflict, code: "number_taken", message: "This number is connected already.")
            case "channels_bot_fkey":
                throw DomainError.notFound("bot")
            default:
                throw error
            }
        }
    }

    public func find(_ id: ChannelID, of bot: BotID, of merchant: MerchantID) async throws -> Channel {
        guard let channel = try await database.tenant(merchant, { tx in ChannelRepository(tx).find(id) }), channel.bot == bot else {
            throw DomainError.notFound("channel")
        }
        return channel
    }

    /// In the order they were made; the id after which the next page starts, nil at the end.
    public func page(of bot: BotID, of merchant: MerchantID, after: ChannelID?, limit: Int) async throws -> (
        channels: [Channel], next: ChannelID?
    ) {
        var (known, channels) = try await database.tenant(merchant) { tx in
            (BotRepository(tx).find(bot), ChannelRepository(tx).page(of: bot, after: after, limit: limit + 1))
        }
        guard known != nil else { throw DomainError.notFound("bot") }
        guard channels.count > limit else { return (channels, nil) }
        channels.removeLast()
        return (channels, channels.last?.id)
    }

    public func update(_ id: ChannelID, of bot: BotID, of merchant: MerchantID, _ patch: ChannelPatch, by actor: Actor) async throws
        -> Channel
    {
        let accessToken: [UInt8]? = if let token = patch.accessToken { try await seal(token, .accessToken, of: id, merchant) } else { nil }
        let verifyToken: [UInt8]? = if let token = patch.verifyToken { try await seal(token, .verifyToken, of: id, merchant) } else { nil }
        let updated = try await database.tenant(merchant) { tx in
            let updated = ChannelRepository(tx).update(
                id,
                of: bot,
                sealedAccessToken: accessToken,
                sealedVerifyToken: verifyToken,
                verifyTokenHash: patch.verifyToken.map { ChannelDirectory.hash(ofVerifyToken: $0.reveal()) },
                status: patch.status,
                messagesPerSecond: patch.messagesPerSecond.map(Int32.init),
                telling: AuditEntry(
                    action: .channelUpdated,
                    subject: AuditSubject("channel", id),
                    of: merchant,
                    by: actor,
                    details: .fields(patch.fields)
                )
            )
            // What waits for this channel goes out now, not at its next look.
            if patch.status == .active { JobRepository(tx).hurry(.messageSending) }
            return updated
        }
        guard let updated else {
            if try await find(id, of: bot, of: merchant).provider == .outside { throw Self.outside }
            throw DomainError.notFound("channel")
        }
        return updated
    }

    /// The Meta app with that id, made if need be. A merchant must know the secret of an app to use it: two merchants of one app both have it.
    private func ensureApp(appID: String, secret: Secret<String>) async throws -> (MetaAppID, isNew: Bool) {
        let id = MetaAppID.new()
        let sealed = try keyEncryptionBox.seal(Data(secret.reveal().utf8), at: ChannelDirectory.place(of: id))
        let made = try await platform.platform { tx in RoutingRepository(tx).ensureMetaApp(id, appID: appID, sealedSecret: sealed) }
        if let made { return (made, true) }
        let (known, secrets) = try await platform.platform { tx in
            (RoutingRepository(tx).metaApp(appID: appID), RoutingRepository(tx).metaAppSecrets())
        }
        guard let known, let knownSecret = secrets.first(where: { $0.0 == known })?.1,
            constantTimeEqual(try open(knownSecret, of: known), Array(secret.reveal().utf8))
        else {
            throw DomainError.invalid([
                .init(pointer: "/appSecret", code: "app_secret_mismatch", message: "is not the secret of this Meta app")
            ])
        }
        return (known, false)
    }

    private func open(_ sealed: [UInt8], of app: MetaAppID) throws -> [UInt8] {
        do {
            return try keyEncryptionBox.open(sealed, at: ChannelDirectory.place(of: app))
        } catch let failure as SecretBox.Failure {
            alarm.raise(failure, table: "meta_apps", column: "secret_sealed", row: app.uuid, of: nil)
            throw failure
        }
    }

    private func seal(_ secret: Secret<String>, _ column: ChannelSecret, of channel: ChannelID, _ merchant: MerchantID) async throws
        -> [UInt8]
    {
        try await secrets.seal(secret.reveal(), of: merchant, table: "channels", column: column.rawValue, row: channel.uuid)
    }
}

/// The sealed columns of a channel.
enum ChannelSecret: String {
    case accessToken = "access_token_sealed"
    case verifyToken = "verify_token_sealed"
}

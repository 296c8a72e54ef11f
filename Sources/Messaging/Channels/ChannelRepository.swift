import Core
import Events
import Postgres
import Tenancy

/// The merchant's channels.
struct ChannelRepository {
    let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Fails on `channel_routes_pkey` when the number routes elsewhere, on `channels_bot_fkey` without such a bot.
    func insert(
        _ id: ChannelID,
        _ channel: MetaChannelIn,
        app: MetaAppID,
        sealedAccessToken: [UInt8],
        sealedVerifyToken: [UInt8],
        verifyTokenHash: [UInt8]
    ) -> Pending<Channel?> {
        tx.tellEvents()
        return tx.append(
            """
            with made as (
            insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, waba_id, display_number, meta_app_id,
                access_token_sealed, verify_token_sealed, verify_token_hash)
            values (\(tx.merchant), \(id), \(channel.bot), 'meta', \(channel.phoneNumberID), \(channel.wabaID), \(channel.displayNumber.e164),
                \(app), \(sealedAccessToken), \(sealedVerifyToken), \(verifyTokenHash))
            returning *),
            told as (
                insert into app.events (merchant_id, id, type, data)
                select \(tx.merchant), \(EventID.new()), 'bot_connected', jsonb_build_object('botId', bot_id, 'channelId', id)
                from made where status = 'active')
            select \(unescaped: Self.columns) from made
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func find(_ id: ChannelID) -> Pending<Channel?> {
        tx.append("select \(unescaped: Self.columns) from app.channels where merchant_id = \(tx.merchant) and id = \(id)") { rows in
            try rows.first(Self.decode)
        }
    }

    /// Of one bot, in the order they were made, from just after `after`.
    func page(of bot: BotID, after: ChannelID?, limit: Int) -> Pending<[Channel]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.channels
            where merchant_id = \(tx.merchant) and bot_id = \(bot) and (\(after) is null or id > \(after)) order by id limit \(limit)
            """
        ) { rows in try rows.map(Self.decode) }
    }

    /// Nil when there is no such channel, or it is an outside bot's: of that there is nothing to change.
    func update(
        _ id: ChannelID,
        of bot: BotID,
        sealedAccessToken: [UInt8]?,
        sealedVerifyToken: [UInt8]?,
        verifyTokenHash: [UInt8]?,
        status: Channel.Status?,
        messagesPerSecond: Int32?,
        telling entry: AuditEntry
    ) -> Pending<Channel?> {
        tx.tellEvents()
        return tx.append(
            """
            with before as (
                select c.id as changing, c.status as previous from app.channels c
                where c.merchant_id = \(tx.merchant) and c.id = \(id) and c.bot_id = \(bot) and c.provider <> 'outside' for update),
            changed as (
            update app.channels set
                access_token_sealed = coalesce(\(sealedAccessToken), access_token_sealed),
                verify_token_sealed = coalesce(\(sealedVerifyToken), verify_token_sealed),
                verify_token_hash = coalesce(\(verifyTokenHash), verify_token_hash),
                messages_per_second = coalesce(\(messagesPerSecond), messages_per_second),
                status = coalesce(\(status?.rawValue), status),
                stopped_reason = case \(status?.rawValue) when 'active' then null when 'stopped' then 'stopped by a person' else stopped_reason end,
                stopped_at = case \(status?.rawValue) when 'active' then null when 'stopped' then now() else stopped_at end,
                version = version + 1, updated_at = now()
            from before where merchant_id = \(tx.merchant) and id = before.changing and bot_id = \(bot)
            returning *),
            told as (
                insert into app.events (merchant_id, id, type, data)
                select \(tx.merchant), \(EventID.new()),
                    case status when 'active' then 'bot_connected' else 'bot_disconnected' end,
                    jsonb_strip_nulls(jsonb_build_object('botId', bot_id, 'channelId', id, 'reason', stopped_reason))
                from changed where previous <> status),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Self.columns) from changed
            """
        ) { rows in try rows.first(Self.decode) }
    }

    static let columns = """
        id, bot_id, provider, provider_number_id, waba_id, display_number, access_token_sealed is not null, verify_token_sealed is not null,
        messages_per_second, status, stopped_reason, version, created_at, updated_at
        """

    static func decode(_ row: inout PostgresRow) throws -> Channel {
        Channel(
            id: try row.next(),
            bot: try row.next(),
            provider: ProviderName(rawValue: try row.next(String.self)) ?? .meta,
            providerNumberID: try row.next(),
            wabaID: try row.next(),
            displayNumber: try row.next(),
            hasAccessToken: try row.next(),
            hasVerifyToken: try row.next(),
            messagesPerSecond: try row.next(),
            status: Channel.Status(rawValue: try row.next(String.self)) ?? .stopped,
            stoppedReason: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}

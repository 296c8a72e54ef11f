import Core
import Events
import Postgres
import Tenancy

/// Channels of outside bots.
extension ChannelRepository {
    /// Makes one that has not said yet that it is connected. Fails on `channels_number_key` when the merchant has one of that number.
    func insert(_ id: ChannelID, _ channel: OutsideChannelIn, secret: ChannelSecretID, sealed: [UInt8]) -> Pending<Channel?> {
        let made = tx.append(
            """
            insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, display_number, status, stopped_reason, stopped_at)
            values (\(tx.merchant), \(id), \(channel.bot), 'outside', \(channel.displayNumber.digits), \(channel.displayNumber.e164),
                'stopped', 'the bot has not connected yet', now())
            returning \(unescaped: Self.columns)
            """
        ) { rows in try rows.first(Self.decode) }
        tx.append(
            """
            insert into app.channel_secrets (merchant_id, id, channel_id, secret_sealed) values (\(tx.merchant), \(secret), \(id), \(sealed))
            """
        )
        return made
    }

    /// Puts another secret in the place of the current one, which stays good until `overlap` is over. Of those that were replaced before, the last two stay for
    /// as long as they were promised to, and not longer than the one after them. When the one before expires; nil without such an outside bot.
    func rollSecret(
        of channel: ChannelID,
        _ bot: BotID,
        to id: ChannelSecretID,
        sealed: [UInt8],
        overlap: Duration,
        telling entry: AuditEntry
    ) -> Pending<Timestamp?> {
        // Two who do it at once do it one after the other.
        tx.append(
            """
            select from app.channels where merchant_id = \(tx.merchant) and id = \(channel) and bot_id = \(bot) and provider = 'outside' for update
            """
        )
        let expires = tx.append(
            """
            with known as (
                select c.id channel_id from app.channels c
                where c.merchant_id = \(tx.merchant) and c.id = \(channel) and c.bot_id = \(bot) and c.provider = 'outside'),
            replaced as (
                -- The overlap is for all that are good now: without one, nothing older opens anything either.
                update app.channel_secrets s
                set expires_at = least(s.expires_at, clock_timestamp() + \(overlap.microseconds) * interval '1 microsecond')
                from known where s.merchant_id = \(tx.merchant) and s.channel_id = known.channel_id returning s.expires_at),
            made as (
                insert into app.channel_secrets (merchant_id, id, channel_id, secret_sealed)
                select \(tx.merchant), \(id), channel_id, \(sealed) from known
                returning id),
            audited as (\(audit: entry) from made)
            select (select max(expires_at) from replaced) from made
            """
        ) { rows in try rows.first { row in try row.next(Timestamp?.self) } ?? nil }
        tx.append(
            """
            delete from app.channel_secrets where merchant_id = \(tx.merchant) and channel_id = \(channel) and (expires_at <= clock_timestamp()
                or id in (select id from app.channel_secrets where merchant_id = \(tx.merchant) and channel_id = \(channel)
                    order by created_at desc, id desc offset 3))
            """
        )
        return expires
    }

    /// The bot says that it works, unless it has said something newer.
    func noteConnected(_ channel: ChannelID, at: Timestamp) {
        note(channel, status: .active, reason: nil, at: at)
    }

    /// The bot says that it works no more, unless it has said something newer.
    func noteDisconnected(_ channel: ChannelID, reason: String, at: Timestamp) {
        note(channel, status: .stopped, reason: reason, at: at)
    }

    private func note(_ channel: ChannelID, status: Channel.Status, reason: String?, at: Timestamp) {
        tx.append(
            """
            with before as (
                select c.id, c.status from app.channels c
                where c.merchant_id = \(tx.merchant) and c.id = \(channel) and c.provider = 'outside' and (c.told_at is null or c.told_at <= \(at))
                for update),
            changed as (
                update app.channels c set status = \(status.rawValue), stopped_reason = \(reason), told_at = \(at),
                    stopped_at = case when \(status.rawValue) = 'active' then null when before.status = 'stopped' then c.stopped_at else now() end,
                    version = c.version + 1, updated_at = now()
                from before where c.merchant_id = \(tx.merchant) and c.id = before.id
                returning c.id, c.bot_id, before.status previous)
            insert into app.events (merchant_id, id, type, data)
            select \(tx.merchant), \(EventID.new()), case \(status.rawValue) when 'active' then 'bot_connected' else 'bot_disconnected' end,
                jsonb_strip_nulls(jsonb_build_object('botId', bot_id, 'channelId', id, 'reason', \(reason)))
            from changed where previous <> \(status.rawValue)
            """
        )
        tx.tellEvents()
    }

    /// Whether a conversation's channel is an outside bot's, on which nothing of ours can be sent.
    func isOutside(_ conversation: ConversationID) -> Pending<Bool> {
        tx.append(
            """
            select c.provider = 'outside' from app.conversations v join app.channels c on c.merchant_id = v.merchant_id and c.id = v.channel_id
            where v.merchant_id = \(tx.merchant) and v.id = \(conversation)
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }
}

import Core
import Events
import Postgres
import Tenancy

/// What a provider tells about messages that are stored already.
extension MessageRepository {
    /// Moves an outbound message forward, never back (B6), and tells it. Found by the provider's id or, when the status came before our own record of
    /// the send, by the id we gave along; with that the provider's id is learnt. Does nothing when the message is not ours or is past that status.
    ///
    /// The order is that of `app.status_rank` (migration 0009). A message that failed for an unknown outcome may even become `sent`: that is the outcome.
    func apply(_ status: StatusChange, on channel: ChannelID) {
        tx.append(
            """
            with moved as (
                update app.messages m set
                    status = \(status.status),
                    provider_message_id = coalesce(m.provider_message_id, \(status.providerMessageID)),
                    sent_at = case when \(status.status) <> 'failed' then coalesce(m.sent_at, \(status.at)) else m.sent_at end,
                    delivered_at = case when \(status.status) in ('delivered', 'read', 'played') then coalesce(m.delivered_at, \(status.at))
                        else m.delivered_at end,
                    read_at = case when \(status.status) in ('read', 'played') then coalesce(m.read_at, \(status.at)) else m.read_at end,
                    failed_at = case when \(status.status) = 'failed' then \(status.at) else null end,
                    error_code = \(status.errorCode), error_detail = \(status.errorDetail),
                    extra = case when \(status.pricing) is null then m.extra
                        else coalesce(m.extra, '{}') || jsonb_build_object('pricing', \(status.pricing)) end
                where m.merchant_id = \(tx.merchant) and m.channel_id = \(channel) and m.direction = 'outbound'
                    -- A sub-select as a whole: PostgreSQL takes nothing else with a sub-select in it for an index condition under row-level security.
                    and m.id = (select coalesce(
                        (select r.message_id from app.message_references r where r.merchant_id = \(tx.merchant)
                            and r.channel_id = \(channel) and r.provider_message_id = \(status.providerMessageID)),
                        \(status.correlation)))
                    and (app.status_rank(\(status.status)) > app.status_rank(m.status)
                        or (m.status = 'failed' and m.error_code = 'unknown_outcome' and \(status.status) = 'sent'))
                returning m.id, m.conversation_id, m.sequence, m.sender),
            counted as (
                -- Counted here too: the worker that sent it may have died before it could.
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                select \(tx.merchant), moved.id, 'message_outbound', moved.sender, \(channel), (now() at time zone p.time_zone)::date
                from moved join platform.merchants p on p.id = \(tx.merchant) where \(status.status) <> 'failed'
                on conflict do nothing),
            referenced as (
                insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id)
                select \(tx.merchant), \(channel), \(status.providerMessageID), id, conversation_id from moved
                on conflict do nothing)
            insert into app.events (merchant_id, id, type, conversation_id, data)
            select \(tx.merchant), \(EventID.new()), 'message_status_changed', conversation_id,
                jsonb_strip_nulls(jsonb_build_object('messageId', id, 'sequence', sequence, 'status', \(status.status), 'at',
                    to_char(\(status.at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                    'errorCode', \(status.errorCode)))
            from moved
            """
        )
        tx.tellEvents()
    }

    /// Withdraws the bot's replies that wait, because somebody else answers now (C13). Their sending jobs tell it. What is in the provider's hands goes out.
    ///
    /// Replies wait in order, so that they are among the last messages; an older one is still refused by its mode when its turn comes.
    func withdrawReplies(in conversation: ConversationID) {
        tx.append(
            """
            update app.messages m set status = 'cancelled'
            where m.merchant_id = \(tx.merchant) and m.conversation_id = \(conversation) and m.status = 'queued' and m.sender = 'bot'
                and m.sequence > (select c.last_sequence - 200 from app.conversations c
                    where c.merchant_id = \(tx.merchant) and c.id = \(conversation))
            """
        )
    }

    /// SQLSTATE of ``noteResend(of:as:)`` when there is nothing to send again (migration 0009).
    static let alreadyResent = "MT003"

    /// Ties a failed message to the one that is sent in its place; fails with ``alreadyResent`` when it is not failed or has one already.
    func noteResend(of message: MessageID, as other: MessageID) {
        tx.append("select app.note_resend(\(message), \(other))")
    }

    /// Sets or, with an empty emoji, removes what `who` thinks of a message.
    func react(to message: MessageID, who: String, emoji: String) {
        tx.append(
            """
            update app.messages m set reactions = case when \(emoji) = '' then m.reactions - \(who)
                else coalesce(m.reactions, '{}') || jsonb_build_object(\(who), \(emoji)) end
            where m.merchant_id = \(tx.merchant) and m.id = \(message)
            """
        )
    }

    /// Replaces a message's content; what it was is kept beside it.
    func edit(_ message: MessageID, type: String, content: PostgresJSON, preview: String) {
        tx.append(
            """
            with edited as (
                update app.messages m set type = \(type), content = \(content), edited_at = now(),
                    extra = coalesce(m.extra, '{}') || jsonb_build_object('previous', coalesce(m.extra -> 'previous', '[]')
                        || jsonb_build_array(jsonb_build_object('type', m.type, 'content', m.content)))
                where m.merchant_id = \(tx.merchant) and m.id = \(message) and m.direction = 'inbound' and m.deleted_at is null
                returning m.conversation_id, m.sequence)
            update app.conversations c set last_message_preview = \(preview), version = c.version + 1, updated_at = now()
            from edited where c.merchant_id = \(tx.merchant) and c.id = edited.conversation_id and c.last_sequence = edited.sequence
            """
        )
    }

    /// Marks a message as deleted by its sender. The API then shows that it was, not what it said.
    func delete(_ message: MessageID) {
        tx.append(
            """
            with deleted as (
                update app.messages m set deleted_at = coalesce(m.deleted_at, now())
                where m.merchant_id = \(tx.merchant) and m.id = \(message) and m.direction = 'inbound'
                returning m.conversation_id, m.sequence)
            update app.conversations c set last_message_preview = '', version = c.version + 1, updated_at = now()
            from deleted where c.merchant_id = \(tx.merchant) and c.id = deleted.conversation_id and c.last_sequence = deleted.sequence
            """
        )
    }
}

extension MessageRepository {
    /// Tells that a message is no longer what it was.
    func tellChange(of message: MessageID) {
        tx.append(
            """
            insert into app.events (merchant_id, id, type, conversation_id, data)
            select \(tx.merchant), \(EventID.new()), 'conversation_updated', m.conversation_id,
                jsonb_build_object('conversationId', m.conversation_id, 'changedMessageId', m.id)
            from app.messages m where m.merchant_id = \(tx.merchant) and m.id = \(message)
            """
        )
        tx.tellEvents()
    }
}

/// A delivery status as it is applied.
struct StatusChange: Sendable {
    let providerMessageID: String
    /// Our own message id, given along with the send and echoed.
    let correlation: MessageID?
    let status: String
    let at: Timestamp
    let errorCode: String?
    let errorDetail: String?
    let pricing: PostgresJSON?
}

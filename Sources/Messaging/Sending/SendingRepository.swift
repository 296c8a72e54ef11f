import Core
import Events
import Postgres
import Tenancy

/// The life of an outbound message between `queued` and its provider's answer.
struct SendingRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Messages to one customer that may go at once. WhatsApp lets 45 through and counts when they arrive: one less, since the first may travel longer
    /// than the last.
    private static let pairBurst: Int32 = 44

    /// Decides what to do with a queued message and marks it (migration 0008).
    func begin(_ message: MessageID) -> Pending<SendingDecision> {
        tx.append(
            """
            select decision, (extract(epoch from wait_for) * 1000)::bigint, error_code, conversation_id, channel_id, sender, type, content,
                quoted_provider_message_id, provider, provider_number_id, access_token_sealed, wa_id, user_id, group_id
            from app.begin_sending(\(message), _pair_burst => \(Self.pairBurst))
            """
        ) { rows in
            try rows.first { row in
                let decision = try row.next(String.self)
                let wait = try row.next(Int64?.self)
                let errorCode = try row.next(String?.self)
                let conversation = try row.next(ConversationID?.self)
                let channel = try row.next(ChannelID?.self)
                let sender = try row.next(String?.self)
                switch (decision, conversation, channel) {
                case ("send", let conversation?, let channel?):
                    return .send(
                        MessageToSend(
                            id: message,
                            conversation: conversation,
                            channel: channel,
                            sender: sender ?? "system",
                            type: try row.next(),
                            content: try row.next(),
                            quoted: try row.next(),
                            provider: try row.next(),
                            numberID: try row.next(),
                            sealedToken: try row.next(),
                            waID: try row.next(),
                            userID: try row.next(),
                            groupID: try row.next()
                        )
                    )
                case ("wait", _, _): return .wait(.milliseconds(max(wait ?? 1000, 20)))
                case ("unconfirmed", let conversation?, _): return .unconfirmed(conversation: conversation)
                case ("failed", let conversation?, _): return .refused(conversation: conversation, code: errorCode ?? "refused")
                case ("cancelled", let conversation?, _): return .cancelled(conversation: conversation)
                default: return .skip
                }
            } ?? .skip
        }
    }

    /// Makes a queued message failed when its merchant is suspended or closed; `begin` then answers that. It can be sent again by hand after a reactivation.
    func refuseUnlessActive(_ message: MessageID) {
        tx.append(
            """
            update app.messages m set status = 'failed', failed_at = clock_timestamp(), error_code = 'merchant_' || p.status,
                error_detail = 'The restaurant was ' || p.status || ' when this was to be sent.'
            from platform.merchants p
            where m.merchant_id = \(tx.merchant) and m.id = \(message) and m.status = 'queued' and p.id = m.merchant_id and p.status <> 'active'
            """
        )
    }

    /// The provider took the message. It may have told its status already, so the status only moves forward.
    func recordAccepted(_ message: MessageToSend, providerMessageID: String, held: Bool) {
        tx.append(
            """
            with updated as (
                update app.messages m set
                    status = case when app.status_rank('sent') > app.status_rank(m.status) then 'sent' else m.status end,
                    provider_message_id = coalesce(m.provider_message_id, \(providerMessageID)),
                    sent_at = coalesce(m.sent_at, clock_timestamp()),
                    extra = case when \(held) then coalesce(m.extra, '{}') || '{"held": true}' else m.extra end
                where m.merchant_id = \(tx.merchant) and m.id = \(message.id)
                returning m.id, m.sequence, m.status, m.type),
            referenced as (
                insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id)
                select \(tx.merchant), \(message.channel), \(providerMessageID), id, \(message.conversation) from updated
                on conflict do nothing),
            counted as (
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                select \(tx.merchant), updated.id, 'message_outbound', \(message.sender), \(message.channel),
                    (now() at time zone p.time_zone)::date
                from updated join platform.merchants p on p.id = \(tx.merchant)
                on conflict do nothing)
            insert into app.events (merchant_id, id, type, conversation_id, data)
            select \(tx.merchant), \(EventID.new()), 'message_sent', \(message.conversation),
                jsonb_build_object('messageId', id, 'sequence', sequence, 'type', type, 'status', status,
                    'providerMessageId', \(providerMessageID), 'sender', \(message.sender))
            from updated
            """
        )
        tx.tellEvents()
    }

    /// Nothing reached the provider, or it said to try again: back to `queued`.
    func requeue(_ message: MessageID) {
        tx.append(
            """
            update app.messages m set status = 'queued', sending_at = null
            where m.merchant_id = \(tx.merchant) and m.id = \(message) and m.status = 'sending'
            """
        )
    }

    /// Nobody knows whether the provider took it. It is never sent again by us; a status or time settles it.
    func markUnconfirmed(_ message: MessageID) {
        change(message, to: "unconfirmed", from: ["sending"], code: nil, detail: nil)
    }

    /// Final: the provider refused.
    func recordFailed(_ message: MessageID, code: String, detail: String) {
        change(message, to: "failed", from: ["sending", "queued"], code: code, detail: detail)
    }

    /// An unconfirmed message that no status settled in time.
    func settle(_ message: MessageID) {
        change(
            message,
            to: "failed",
            from: ["unconfirmed"],
            code: "unknown_outcome",
            detail: "The provider did not answer and no status came; the message may have arrived. It can be sent again by hand."
        )
    }

    /// Tells a status that was decided elsewhere in this transaction.
    func tell(_ message: MessageID, conversation: ConversationID, status: String, code: String?) {
        tx.append(
            """
            insert into app.events (merchant_id, id, type, conversation_id, data)
            select \(tx.merchant), \(EventID.new()), 'message_status_changed', \(conversation),
                jsonb_strip_nulls(jsonb_build_object('messageId', m.id, 'sequence', m.sequence, 'status', \(status), 'errorCode', \(code)))
            from app.messages m where m.merchant_id = \(tx.merchant) and m.id = \(message)
            """
        )
        tx.tellEvents()
    }

    /// Nothing goes out on this channel any more until a person has mended what the provider complained about.
    ///
    /// - Parameter at: of news that may be old: a channel that was changed since then is not stopped by it.
    func stopChannel(_ channel: ChannelID, reason: String, at: Timestamp? = nil) {
        tx.append(
            """
            with stopped as (
                update app.channels c set status = 'stopped', stopped_reason = \(String(reason.prefix(500))), stopped_at = clock_timestamp(),
                    version = c.version + 1, updated_at = now()
                where c.merchant_id = \(tx.merchant) and c.id = \(channel) and c.status = 'active'
                    and (\(at) is null or c.updated_at < \(at))
                returning c.id, c.bot_id)
            insert into app.events (merchant_id, id, type, data)
            select \(tx.merchant), \(EventID.new()), 'bot_disconnected',
                jsonb_build_object('botId', bot_id, 'channelId', id, 'reason', \(String(reason.prefix(500))))
            from stopped
            """
        )
        tx.tellEvents()
    }

    /// What a read receipt needs of its channel; nil when there is no such channel.
    func channel(_ id: ChannelID) -> Pending<SendingChannel?> {
        tx.append(
            """
            select c.provider, c.provider_number_id, c.access_token_sealed, c.status, p.status = 'active'
            from app.channels c join platform.merchants p on p.id = c.merchant_id
            where c.merchant_id = \(tx.merchant) and c.id = \(id)
            """
        ) { rows in
            try rows.first { row in
                SendingChannel(
                    provider: try row.next(),
                    numberID: try row.next(),
                    sealedToken: try row.next(),
                    status: try row.next(),
                    merchantIsActive: try row.next()
                )
            }
        }
    }

    private func change(_ message: MessageID, to status: String, from: [String], code: String?, detail: String?) {
        tx.append(
            """
            with changed as (
                update app.messages m set status = \(status), error_code = \(code), error_detail = \(detail.map { String($0.prefix(1000)) }),
                    failed_at = case when \(status) = 'failed' then clock_timestamp() else m.failed_at end
                where m.merchant_id = \(tx.merchant) and m.id = \(message) and m.status = any(\(from))
                returning m.id, m.sequence, m.conversation_id)
            insert into app.events (merchant_id, id, type, conversation_id, data)
            select \(tx.merchant), \(EventID.new()), 'message_status_changed', conversation_id,
                jsonb_strip_nulls(jsonb_build_object('messageId', id, 'sequence', sequence, 'status', \(status), 'errorCode', \(code)))
            from changed
            """
        )
        tx.tellEvents()
    }
}

/// What `begin` decided.
enum SendingDecision: Sendable {
    /// Marked `sending`: call the provider, once.
    case send(MessageToSend)
    case wait(Duration)
    /// A worker died between the call and its answer.
    case unconfirmed(conversation: ConversationID)
    /// A rule forbids it; marked failed.
    case refused(conversation: ConversationID, code: String)
    case cancelled(conversation: ConversationID)
    case skip
}

/// Everything that a provider's client needs.
struct MessageToSend: Sendable {
    let id: MessageID
    let conversation: ConversationID
    let channel: ChannelID
    let sender: String
    let type: String
    let content: PostgresJSON
    let quoted: String?
    let provider: String
    let numberID: String
    let sealedToken: [UInt8]?
    let waID: String?
    let userID: String?
    let groupID: String?
}

/// A channel as a read receipt needs it.
struct SendingChannel: Sendable {
    let provider: String
    let numberID: String
    let sealedToken: [UInt8]?
    let status: String
    let merchantIsActive: Bool
}

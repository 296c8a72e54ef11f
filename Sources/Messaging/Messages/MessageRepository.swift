import Core
import Events
import Foundation
import Postgres
import Tenancy

/// The merchant's messages, as they are stored and read. What happens to them afterwards is in the extensions.
struct MessageRepository {
    let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Stores messages at the end of a conversation: sequences under the conversation's row lock, references by provider id, usage, events, all in one
    /// statement, because each of them needs what the one before it decided.
    ///
    /// Fails on `message_references_pkey` when a provider id is known already, and with `AllowanceRefusal.month` when a conversation that is opened is beyond
    /// the month's allowance and `advance` says otherwise. Returns the last sequence, nil when there is no such conversation.
    func append(
        _ drafts: [MessageDraft],
        to conversation: ConversationID,
        channel: ChannelID,
        advance: ConversationAdvance,
        notifies: Bool = true
    ) -> Pending<Int64?> {
        let now = Timestamp.now
        // What is still to be sent is told when it was sent.
        let told = drafts.enumerated().filter { $0.element.event != nil }
        let events = told.map { MessageJSON.event($0.element, in: conversation, at: now) }
        if !told.isEmpty { tx.tellEvents() }
        return tx.append(
            """
            with advanced as (
                update app.conversations c set
                    last_sequence = c.last_sequence + \(drafts.count),
                    unread_count = c.unread_count + \(Int32(advance.unread)),
                    last_message_at = clock_timestamp(),
                    last_message_preview = \(advance.preview),
                    last_message_direction = \(advance.direction.rawValue),
                    last_inbound_at = case when \(advance.inboundAt) is null then c.last_inbound_at
                        else greatest(c.last_inbound_at, least(\(advance.inboundAt), clock_timestamp())) end,
                    last_inbound_provider_id = coalesce(\(advance.inboundProviderMessageID), c.last_inbound_provider_id),
                    mode = case when \(advance.takesOver) and c.mode = 'bot' then 'agent' else coalesce(\(advance.mode?.rawValue), c.mode) end,
                    greeted_at = case when \(advance.greets) then now() else c.greeted_at end,
                    locale = coalesce(\(advance.locale), c.locale),
                    over_allowance = case when \(advance.countsConversation) and (c.counted_at is null or c.counted_at <= now() - interval '24 hours')
                        then \(advance.isOverAllowance) else c.over_allowance end,
                    counted_at = case when \(advance.countsConversation) and (c.counted_at is null or c.counted_at <= now() - interval '24 hours')
                        then now() else c.counted_at end,
                    version = c.version + 1,
                    updated_at = now()
                where c.merchant_id = \(tx.merchant) and c.id = \(conversation)
                returning c.last_sequence, (c.counted_at = now() and \(advance.countsConversation)) opened),
            draft as (
                select * from unnest(
                    \(drafts.map(\.id)), \(drafts.map(\.direction.rawValue)), \(drafts.map(\.sender.rawValue)), \(drafts.map(\.senderID)),
                    \(drafts.map(\.contact)), \(drafts.map(\.type)), \(drafts.map(\.content)), \(drafts.map(\.status)),
                    \(drafts.map(\.providerMessageID)), \(drafts.map(\.quotedProviderMessageID)), \(drafts.map(\.extra)), \(drafts.map(\.providerAt)))
                with ordinality d(id, direction, sender, sender_id, contact_id, type, content, status, provider_message_id,
                    quoted_provider_message_id, extra, provider_at, position)),
            stored as (
                insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, sender_id, contact_id, type,
                    content, status, provider_message_id, quoted_provider_message_id, extra, provider_at)
                select \(tx.merchant), d.id, \(conversation), \(channel), a.last_sequence - \(drafts.count) + d.position, d.direction, d.sender,
                    d.sender_id, d.contact_id, d.type, d.content, d.status, d.provider_message_id, d.quoted_provider_message_id, d.extra, d.provider_at
                from advanced a cross join draft d),
            referenced as (
                insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id)
                select \(tx.merchant), \(channel), d.provider_message_id, d.id, \(conversation)
                from advanced a cross join draft d where d.provider_message_id is not null),
            counted as (
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                select \(tx.merchant), d.id, metric.name, d.sender, \(channel), (now() at time zone m.time_zone)::date
                from advanced a cross join draft d join platform.merchants m on m.id = \(tx.merchant)
                cross join lateral (
                    select 'message_inbound' name where d.direction = 'inbound'
                    union all select 'conversation_opened' where d.direction = 'inbound' and a.opened
                    -- From the handset: sent before we heard of it. What is still to be sent is counted when the provider has taken it.
                    union all select 'message_outbound' where d.direction = 'outbound' and d.status = 'sent') metric),
            charged as (select app.open_conversation(\(advance.isOverAllowance)) fits from advanced a where a.opened),
            told as (
                insert into app.events (merchant_id, id, type, conversation_id, data)
                select \(tx.merchant), e.id, e.type, \(conversation),
                    case e.type when 'message_sent' then
                        -- As when the provider takes one of ours (SendingRepository), and the message, which nobody has seen yet.
                        jsonb_build_object('messageId', e.data -> 'id', 'sequence', s.sequence, 'type', e.data -> 'type',
                            'status', e.data -> 'status', 'providerMessageId', e.data -> 'providerMessageId', 'sender', e.data -> 'sender',
                            'message', e.data || jsonb_build_object('sequence', s.sequence))
                    else
                        jsonb_build_object('message', e.data || jsonb_build_object('sequence', s.sequence), 'notify', \(notifies))
                    end
                from advanced a cross join unnest(\(told.map { _ in EventID.new() }), \(told.compactMap(\.element.event)), \(events),
                    \(told.map { Int64($0.offset + 1) })) e(id, type, data, position)
                cross join lateral (select a.last_sequence - \(drafts.count) + e.position sequence) s)
            select last_sequence, (select bool_and(c.fits) from charged c) from advanced
            """
        ) { rows in try rows.first { row in try row.next(Int64.self) } }
    }
}

import Core
import Events
import Postgres
import Tenancy

/// The merchant's conversations.
struct ConversationRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// What a decision about a message from `identity` (or in a group) on `channel` needs; nil when there is no such channel.
    func context(channel: ChannelID, identity: ContactIdentity?, groupID: String?) -> Pending<ConversationContext?> {
        tx.append(
            """
            select p.name, p.locale, p.status, p.time_zone, ch.status, b.id, b.name, b.greeting, b.menu, b.opening_hours,
                k.id, k.name, k.wa_id, k.user_id, c.id, c.mode, c.locale, c.greeted_at, c.last_inbound_at,
                p.daily_limit - used.messages,
                -- One more where this message would open a conversation; one that was opened too many stays silent until the limit is raised.
                case when c.counted_at is null or c.counted_at <= now() - interval '24 hours' then used.conversations >= p.monthly_limit
                    else c.over_allowance and used.conversations > p.monthly_limit end
            from app.channels ch
            join platform.merchants p on p.id = ch.merchant_id
            join app.bots b on b.merchant_id = ch.merchant_id and b.id = ch.bot_id
            left join lateral (
                select k.*, 1 place from app.contacts k where k.merchant_id = \(tx.merchant) and k.wa_id = \(identity?.waID)
                union all
                select k.*, 2 from app.contacts k where k.merchant_id = \(tx.merchant) and k.user_id = \(identity?.userID)
                order by place limit 1) k on true
            -- Each branch has an index of its own; one condition with OR would read all conversations of the channel.
            left join lateral (
                select c.* from app.conversations c
                where \(groupID) is null and c.merchant_id = \(tx.merchant) and c.channel_id = ch.id and c.contact_id = k.id
                union all
                select c.* from app.conversations c
                where c.merchant_id = \(tx.merchant) and c.channel_id = ch.id and c.group_id = \(groupID)
                limit 1) c on true
            cross join lateral (
                select coalesce(sum(s.used) filter (where s.allowance = 'messages'), 0) messages,
                    coalesce(sum(s.used) filter (where s.allowance = 'conversations'), 0) conversations
                from app.allowance_slots s where s.merchant_id = \(tx.merchant) and s.ends_at > clock_timestamp()) used
            where ch.merchant_id = \(tx.merchant) and ch.id = \(channel)
            """
        ) { rows in try rows.first(Self.decodeContext) }
    }

    func insert(_ id: ConversationID, channel: ChannelID, contact: ContactID?, groupID: String?) {
        tx.append(
            """
            insert into app.conversations (merchant_id, id, channel_id, contact_id, group_id)
            values (\(tx.merchant), \(id), \(channel), \(groupID == nil ? contact : nil), \(groupID))
            """
        )
    }

    func find(_ id: ConversationID) -> Pending<Conversation?> {
        tx.append(
            """
            select \(unescaped: Self.columns)
            from app.conversations c left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id
            where c.merchant_id = \(tx.merchant) and c.id = \(id)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Most recently active first, from just after `after`.
    func page(_ filter: ConversationFilter, after: ConversationPosition?, limit: Int) -> Pending<[Conversation]> {
        tx.append(
            """
            select \(unescaped: Self.columns)
            from app.conversations c left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id
            where c.merchant_id = \(tx.merchant) and c.last_message_at is not null
                and (c.last_message_at, c.id)
                    < (coalesce(\(after?.lastMessageAt), 'infinity'), coalesce(\(after?.id), 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                and (\(filter.mode?.rawValue) is null or c.mode = \(filter.mode?.rawValue))
                and (\(filter.channel) is null or c.channel_id = \(filter.channel))
                and (\(filter.assignee) is null or c.assignee_id = \(filter.assignee))
                and (not \(filter.unreadOnly) or c.unread_count > 0)
                and (\(filter.text) is null or k.name ilike \(filter.pattern) or k.phone like \(filter.pattern))
            order by c.last_message_at desc, c.id desc limit \(limit: limit)
            """
        ) { rows in Array(try rows.map(Self.decode).prefix(limit)) }
    }

    /// Changes the mode and tells it; the changed conversation, nil when there is none.
    func setMode(_ mode: Conversation.Mode, of id: ConversationID, telling entry: AuditEntry) -> Pending<Bool> {
        tx.tellEvents()
        return tx.append(
            """
            with changed as (
                update app.conversations c set mode = \(mode.rawValue), version = c.version + 1, updated_at = now()
                where c.merchant_id = \(tx.merchant) and c.id = \(id) returning c.id, c.version),
            told as (
                insert into app.events (merchant_id, id, type, conversation_id, data)
                select \(tx.merchant), \(EventID.new()), 'conversation_updated', id,
                    jsonb_build_object('conversationId', id, 'mode', \(mode.rawValue), 'version', version)
                from changed),
            audited as (\(audit: entry) from changed)
            select 1 from changed
            """
        ) { rows in rows.count > 0 }
    }

    /// Tells a mode that changed in this transaction otherwise.
    func tellMode(_ mode: Conversation.Mode, of id: ConversationID) {
        EventRepository(tx).append(Event(ConversationUpdated(conversation: id, mode: mode.rawValue), conversation: id))
    }

    /// Nothing is unread any more. Returns what a read receipt to the provider names; nil when the customer never wrote.
    func markRead(_ id: ConversationID) -> Pending<ReadMark?> {
        tx.tellEvents()
        return tx.append(
            """
            with before as (
                select c.id, c.unread_count from app.conversations c where c.merchant_id = \(tx.merchant) and c.id = \(id) for update),
            changed as (
                update app.conversations c set unread_count = 0, version = c.version + 1, updated_at = now()
                from before where c.merchant_id = \(tx.merchant) and c.id = before.id
                returning c.id, c.channel_id, c.last_inbound_provider_id, c.version),
            told as (
                insert into app.events (merchant_id, id, type, conversation_id, data)
                select \(tx.merchant), \(EventID.new()), 'conversation_updated', changed.id,
                    jsonb_build_object('conversationId', changed.id, 'unreadCount', 0, 'version', version)
                from changed join before on before.unread_count > 0)
            select channel_id, last_inbound_provider_id from changed
            """
        ) { rows in try rows.first { row in ReadMark(channel: try row.next(), providerMessageID: try row.next()) } }
    }

    private static let columns = """
        c.id, c.channel_id, c.contact_id, k.name, k.phone, k.user_id, c.group_id, c.mode, c.assignee_id, c.last_sequence, c.unread_count,
        c.last_message_at, c.last_message_preview, c.last_message_direction, c.last_inbound_at, c.locale, c.version, c.created_at, c.updated_at
        """

    private static func decode(_ row: inout PostgresRow) throws -> Conversation {
        let id = try row.next(ConversationID.self)
        let channel = try row.next(ChannelID.self)
        let contactID = try row.next(ContactID?.self)
        let name = try row.next(String?.self)
        let phone = try row.next(String?.self)
        let userID = try row.next(String?.self)
        return Conversation(
            id: id,
            channel: channel,
            contact: contactID.map { ContactSummary(id: $0, name: name, phone: phone, userID: userID) },
            groupID: try row.next(),
            mode: Conversation.Mode(rawValue: try row.next(String.self)) ?? .paused,
            assignee: try row.next(),
            lastSequence: try row.next(),
            unreadCount: try row.next(),
            lastMessageAt: try row.next(),
            lastMessagePreview: try row.next(),
            lastMessageDirection: try row.next(),
            lastInboundAt: try row.next(),
            locale: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }

    private static func decodeContext(_ row: inout PostgresRow) throws -> ConversationContext {
        let merchantName = try row.next(String.self)
        let merchantLocale = try row.next(String.self)
        let merchantStatus = try row.next(String.self)
        let timeZone = try row.next(String.self)
        let channelStatus = try row.next(String.self)
        let bot = BotSummary(
            id: try row.next(),
            name: try row.next(),
            greeting: try row.next(),
            menu: try row.next(),
            openingHours: try row.next()
        )
        let contactID = try row.next(ContactID?.self)
        let name = try row.next(String?.self)
        let waID = try row.next(String?.self)
        let userID = try row.next(String?.self)
        let conversationID = try row.next(ConversationID?.self)
        let mode = try row.next(String?.self)
        let locale = try row.next(String?.self)
        let greetedAt = try row.next(Timestamp?.self)
        let lastInboundAt = try row.next(Timestamp?.self)
        let allowance = KnownAllowance(messages: try row.next(), isOver: try row.next())
        return ConversationContext(
            merchantName: merchantName,
            merchantLocale: merchantLocale,
            merchantStatus: merchantStatus,
            timeZone: timeZone,
            channelStatus: channelStatus,
            bot: bot,
            contact: contactID.map { KnownContact(id: $0, name: name, waID: waID, userID: userID) },
            conversation: conversationID.map {
                KnownConversation(
                    id: $0,
                    mode: mode.flatMap(Conversation.Mode.init) ?? .paused,
                    locale: locale,
                    greetedAt: greetedAt,
                    lastInboundAt: lastInboundAt
                )
            },
            allowance: allowance
        )
    }
}

/// What a list of conversations is narrowed to.
public struct ConversationFilter: Sendable, Equatable {
    public var mode: Conversation.Mode?
    public var channel: ChannelID?
    public var assignee: PersonID?
    public var unreadOnly: Bool
    /// Part of the contact's name or number.
    public var text: String?

    public init(
        mode: Conversation.Mode? = nil,
        channel: ChannelID? = nil,
        assignee: PersonID? = nil,
        unreadOnly: Bool = false,
        text: String? = nil
    ) {
        self.mode = mode
        self.channel = channel
        self.assignee = assignee
        self.unreadOnly = unreadOnly
        self.text = text
    }

    /// `text` as a LIKE pattern that matches it literally.
    var pattern: String? {
        text.map { text in
            var escaped = "%"
            for character in text {
                if character == "%" || character == "_" || character == "\\" { escaped.append("\\") }
                escaped.append(character)
            }
            return escaped + "%"
        }
    }
}

/// Where a list of conversations goes on.
public struct ConversationPosition: Sendable, Equatable {
    public let lastMessageAt: Timestamp
    public let id: ConversationID

    public init(lastMessageAt: Timestamp, id: ConversationID) {
        self.lastMessageAt = lastMessageAt
        self.id = id
    }
}

/// What a read receipt names.
struct ReadMark: Sendable {
    let channel: ChannelID
    let providerMessageID: String?
}

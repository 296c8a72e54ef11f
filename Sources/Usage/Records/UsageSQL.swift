import Core
import Postgres

/// A merchant's record in one statement, so that it is of one snapshot: between two of them a row could move from the tail to the days and be missed or
/// counted twice.
enum UsageSQL {
    /// Of a merchant `p` with ``sums``.
    static let columns = """
        p.id, p.name, p.daily_limit, p.monthly_limit, p.per_minute, coalesce(slots.messages, 0)::bigint,
            coalesce(days.conversations, 0)::bigint + tail.conversations,
            greatest(activity.last_conversation_at, tail.last_conversation_at), least(activity.first_at, tail.first_at),
            greatest(activity.last_at, tail.last_at),
            p.status = 'active' and coalesce(greatest(activity.last_at, tail.last_at) > now() - interval '30 days', false),
            coalesce(slots.day_ends_at, app.day_start((now() at time zone p.time_zone)::date + 1, p.time_zone)),
            coalesce(slots.month_ends_at, app.day_start(month.next, p.time_zone))
        """

    static let sums = """
        cross join lateral (
            select date_trunc('month', now() at time zone p.time_zone)::date first,
                (date_trunc('month', now() at time zone p.time_zone) + interval '1 month')::date next) month
        left join app.usage_activity activity on activity.merchant_id = p.id
        cross join lateral (
            select sum(s.used) filter (where s.allowance = 'messages') messages,
                max(s.ends_at) filter (where s.allowance = 'messages') day_ends_at,
                max(s.ends_at) filter (where s.allowance = 'conversations') month_ends_at
            from app.allowance_slots s where s.merchant_id = p.id and s.ends_at > now()) slots
        cross join lateral (
            select sum(d.number) conversations from app.usage_days d
            where d.merchant_id = p.id and d.metric = 'conversation_opened' and d.day >= month.first and d.day < month.next) days
        cross join lateral (
            select count(*) filter (where e.metric = 'conversation_opened' and e.day >= month.first and e.day < month.next) conversations,
                max(e.created_at) filter (where e.metric = 'conversation_opened') last_conversation_at,
                min(e.created_at) first_at, max(e.created_at) last_at
            from app.usage_events e where e.merchant_id = p.id and not e.rolled_up) tail
        """

    static func decode(_ row: inout PostgresRow) throws -> UsageRecord {
        UsageRecord(
            merchant: try row.next(),
            name: try row.next(),
            allowances: Allowances(dailyLimit: try row.next(), monthlyLimit: try row.next(), perMinute: try row.next()),
            messagesToday: try row.next(),
            conversationsThisMonth: try row.next(),
            lastConversationAt: try row.next(),
            firstActivity: try row.next(),
            lastActivity: try row.next(),
            isActive: try row.next(),
            dayEnds: try row.next(),
            monthEnds: try row.next()
        )
    }
}

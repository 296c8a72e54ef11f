import Core
import Postgres
import Tenancy

/// The records of all merchants.
struct PlatformUsageRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// A page in the order merchants were made, and how many there are in all.
    ///
    /// The page is chosen first, along its index, and only its merchants are summed: each by index entries of its own month and tail.
    func page(limit: Int, offset: Int) -> (Pending<[UsageRecord]>, Pending<Int>) {
        (
            tx.append(
                """
                select \(unescaped: UsageSQL.columns)
                from (select * from platform.merchants order by created_at, id limit \(limit: limit) offset \(offset)) p
                \(unescaped: UsageSQL.sums)
                order by p.created_at, p.id
                """
            ) { rows in Array(try rows.map(UsageSQL.decode).prefix(limit)) },
            tx.append("select count(*) from platform.merchants") { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
        )
    }

    func record(of merchant: MerchantID) -> Pending<UsageRecord?> {
        tx.append(
            """
            select \(unescaped: UsageSQL.columns) from platform.merchants p \(unescaped: UsageSQL.sums)
            where p.id = \(merchant)
            """
        ) { rows in try rows.first(UsageSQL.decode) }
    }

    /// The last `months` months of the merchant's zone, the current one first, those without a conversation too.
    func history(of merchant: MerchantID, months: Int32) -> Pending<[UsageMonth]> {
        tx.append(
            """
            select extract(year from month.first)::integer, extract(month from month.first)::integer, coalesce(added.number, 0)::bigint + tail.number,
                greatest(added.last_at, tail.last_at)
            from platform.merchants p
            cross join generate_series(0, \(months) - 1) back
            cross join lateral (
                select (date_trunc('month', now() at time zone p.time_zone) - back * interval '1 month')::date first,
                    (date_trunc('month', now() at time zone p.time_zone) - (back - 1) * interval '1 month')::date next) month
            cross join lateral (
                select sum(d.number) number, max(d.last_at) last_at from app.usage_days d
                where d.merchant_id = p.id and d.metric = 'conversation_opened' and d.day >= month.first and d.day < month.next) added
            cross join lateral (
                select count(*) number, max(e.created_at) last_at from app.usage_events e
                where e.merchant_id = p.id and not e.rolled_up and e.metric = 'conversation_opened'
                    and e.day >= month.first and e.day < month.next) tail
            where p.id = \(merchant) order by month.first desc
            """
        ) { rows in
            try rows.map { row in
                UsageMonth(
                    year: try row.next(),
                    month: try row.next(),
                    conversations: try row.next(),
                    lastConversationAt: try row.next()
                )
            }
        }
    }
}

import Core
import Postgres
import Tenancy

/// Who has something to add up.
struct PlatformRollUpRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Merchants with a tail whose ids come after `last`, in order.
    ///
    /// From one merchant to the next along the index: what it costs grows with the merchants that were busy, not with what they did.
    func merchants(after last: MerchantID?, limit: Int) -> Pending<[MerchantID]> {
        tx.append(
            """
            with recursive busy (merchant_id) as (
                (select e.merchant_id from app.usage_events e
                 where not e.rolled_up and e.merchant_id > coalesce(\(last), '00000000-0000-0000-0000-000000000000')
                 order by e.merchant_id limit 1)
                union all
                select (select e.merchant_id from app.usage_events e where not e.rolled_up and e.merchant_id > busy.merchant_id
                        order by e.merchant_id limit 1)
                from busy where busy.merchant_id is not null)
            select merchant_id from busy where merchant_id is not null limit \(limit)
            """
        ) { rows in try rows.map { row in try row.next(MerchantID.self) } }
    }
}

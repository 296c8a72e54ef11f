import Postgres
import Tenancy

/// What a merchant's tables need for a while only.
struct RetentionRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Deletes references by which statuses find messages (30 days, design 4.6), answers kept for repeated requests (a day, `api.md` 4) and orders of outside
    /// bots (90 days); at most `limit` of each. How many it were of the more.
    func sweep(limit: Int) -> Pending<Int> {
        // By physical place: a join with a LIMIT would be planned as if it were the whole table.
        let references = tx.append(
            """
            delete from app.message_references d where d.merchant_id = \(tx.merchant) and d.ctid = any(array(
                select r.ctid from app.message_references r
                where r.merchant_id = \(tx.merchant) and r.created_at < now() - interval '30 days' limit \(limit)))
            """
        ) { rows in rows.affectedRows }
        let answers = tx.append(
            """
            delete from app.idempotency_keys d where d.merchant_id = \(tx.merchant) and d.ctid = any(array(
                select k.ctid from app.idempotency_keys k
                where k.merchant_id = \(tx.merchant) and k.created_at < now() - interval '24 hours' limit \(limit)))
            """
        ) { rows in rows.affectedRows }
        let orders = tx.append(
            """
            delete from app.outside_orders d where d.merchant_id = \(tx.merchant) and d.ctid = any(array(
                select o.ctid from app.outside_orders o
                where o.merchant_id = \(tx.merchant) and o.received_at < now() - interval '90 days' limit \(limit)))
            """
        ) { rows in rows.affectedRows }
        return references.zip(answers).zip(orders).map { max($0.0, $0.1, $1) }
    }
}

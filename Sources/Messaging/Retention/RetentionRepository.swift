import Postgres
import Tenancy

/// What a merchant's tables need for a while only.
struct RetentionRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Deletes references by which statuses find messages (30 days, design 4.6) and answers kept for repeated requests (a day, `api.md` 4); at most `limit`
    /// of each.
    func sweep(limit: Int) {
        tx.append(
            """
            delete from app.message_references where (merchant_id, channel_id, provider_message_id) in (
                select r.merchant_id, r.channel_id, r.provider_message_id from app.message_references r
                where r.merchant_id = \(tx.merchant) and r.created_at < now() - interval '30 days' limit \(limit))
            """
        )
        tx.append(
            """
            delete from app.idempotency_keys where (merchant_id, operation, key) in (
                select k.merchant_id, k.operation, k.key from app.idempotency_keys k
                where k.merchant_id = \(tx.merchant) and k.created_at < now() - interval '24 hours' limit \(limit))
            """
        )
    }
}

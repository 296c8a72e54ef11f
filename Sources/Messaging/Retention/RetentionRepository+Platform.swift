import Core
import Postgres
import Tenancy

/// What the platform's tables need for a while only.
struct PlatformRetentionRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// The merchants whose ids come after `last`, in order.
    func merchants(after last: MerchantID?, limit: Int) -> Pending<[MerchantID]> {
        tx.append(
            "select id from platform.merchants where id > coalesce(\(last), '00000000-0000-0000-0000-000000000000') order by id limit \(limit)"
        ) { rows in try rows.map { row in try row.next(MerchantID.self) } }
    }

    /// Deletes quarantined updates and dead letters after 90 days; at most `limit` of each.
    func sweep(limit: Int) {
        tx.append(
            """
            delete from inbox.quarantine where id in (
                select q.id from inbox.quarantine q where q.id < app.uuid_v7_floor(now() - interval '90 days') order by q.id limit \(limit))
            """
        )
        tx.append(
            """
            delete from queue.jobs_dead where (queue, id) in (
                select d.queue, d.id from queue.jobs_dead d where d.died_at < now() - interval '90 days' order by d.died_at limit \(limit))
            """
        )
    }

    /// Deletes signatures of outside bots that nothing can be told by any more; how many, at most `limit`.
    func sweepSignatures(limit: Int) -> Pending<Int> {
        tx.append(
            """
            delete from inbox.spent_signatures d where d.ctid = any(array(
                select s.ctid from inbox.spent_signatures s where s.expires_at < clock_timestamp() order by s.expires_at limit \(limit)))
            """
        ) { rows in rows.affectedRows }
    }

    /// Deletes answers kept for repeated requests after a day; how many, at most `limit`.
    func sweepAnswers(limit: Int) -> Pending<Int> {
        tx.append(
            """
            with gone as (
                delete from platform.idempotency_keys d where d.ctid = any(array(
                    select k.ctid from platform.idempotency_keys k where k.created_at < now() - interval '24 hours' limit \(limit)))
                returning 1)
            select count(*) from gone
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }
}

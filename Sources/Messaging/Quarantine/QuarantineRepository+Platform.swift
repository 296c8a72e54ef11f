import Core
import Postgres
import Tenancy

/// Quarantined updates, for the platform admin.
struct QuarantineRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Newest first, from just before `before`.
    func page(before: QuarantineID?, limit: Int) -> Pending<[QuarantinedUpdate]> {
        tx.append(
            """
            select id, provider, provider_number_id, reason, payload, received_at from inbox.quarantine
            where id < coalesce(\(before), 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by id desc limit \(limit)
            """
        ) { rows in
            try rows.map { row in
                QuarantinedUpdate(
                    id: try row.next(),
                    provider: try row.next(),
                    providerNumberID: try row.next(),
                    reason: try row.next(),
                    payload: try row.next(),
                    receivedAt: try row.next()
                )
            }
        }
    }
}

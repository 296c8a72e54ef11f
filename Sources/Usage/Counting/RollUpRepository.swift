import Core
import Postgres
import Tenancy

/// Adds up what a merchant's transactions appended.
struct RollUpRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Adds up at most `limit` causes (migration 0014); how many rows that were, 0 also while another node does it.
    func rollUp(limit: Int32) -> Pending<Int> {
        tx.append("select app.roll_up_usage(\(limit))") { rows in try rows.first { row in Int(try row.next(Int32.self)) } ?? 0 }
    }
}

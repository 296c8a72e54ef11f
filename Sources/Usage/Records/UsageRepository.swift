import Core
import Postgres
import Tenancy

/// The merchant's own record.
public struct UsageRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    public func record() -> Pending<UsageRecord?> {
        tx.append(
            """
            select \(unescaped: UsageSQL.columns) from platform.merchants p \(unescaped: UsageSQL.sums)
            where p.id = \(tx.merchant)
            """
        ) { rows in try rows.first(UsageSQL.decode) }
    }
}

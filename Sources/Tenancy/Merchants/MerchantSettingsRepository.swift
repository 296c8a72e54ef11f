import Core
import Postgres

/// The merchant's own row of the directory.
struct MerchantSettingsRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func find() -> Pending<Merchant?> {
        tx.append("select \(unescaped: Merchant.columns) from platform.merchants where id = \(tx.merchant)") { rows in
            try rows.first(Merchant.decode)
        }
    }

    func update(_ patch: MerchantPatch, ifVersion version: Int64?, telling entry: AuditEntry) -> Pending<Merchant?> {
        tx.append(patch.statement(tx.merchant, ifVersion: version, telling: entry)) { rows in try rows.first(Merchant.decode) }
    }
}

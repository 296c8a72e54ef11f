import Core
import Postgres

/// The merchant's own wrapped data key.
struct MerchantDataKeyRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func wrappedKey() -> Pending<[UInt8]?> {
        tx.append("select wrapped_key from platform.merchant_data_keys where merchant_id = \(tx.merchant)") { rows in
            try rows.first { row in try row.next([UInt8].self) }
        }
    }
}

import Core
import Postgres
import Tenancy

/// Sets what a merchant may use.
struct PlatformAllowanceRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Refuses when there is no such merchant.
    func set(_ allowances: Allowances, of merchant: MerchantID) {
        tx.append(
            """
            with done as (
                update platform.merchants set daily_limit = \(allowances.dailyLimit), monthly_limit = \(allowances.monthlyLimit),
                    per_minute = \(allowances.perMinute)
                where id = \(merchant) returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }
}

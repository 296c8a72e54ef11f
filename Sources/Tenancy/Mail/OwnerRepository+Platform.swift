import Core
import Postgres

/// Whom to write to about a restaurant.
struct OwnerRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// The restaurant's name and the addresses of its owners who may log in.
    func owners(of merchant: MerchantID) -> Pending<(restaurant: String?, addresses: [EmailAddress])> {
        tx.append(
            """
            select r.name, p.email from platform.merchants r
            join platform.memberships m on m.merchant_id = r.id and m.role = 'owner'
            join platform.people p on p.id = m.person_id
            where r.id = \(merchant) and p.disabled_at is null order by p.id
            """
        ) { rows in
            let found = try rows.map { row in (try row.next(String.self), EmailAddress(try row.next(String.self))) }
            return (found.first?.0, found.compactMap(\.1))
        }
    }
}

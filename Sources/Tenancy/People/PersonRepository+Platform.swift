import Core
import Postgres

/// People and their memberships.
struct PersonRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Makes a person unless the address is known; the id either way.
    func ensure(email: String, name: String) -> Pending<PersonID?> {
        tx.append(
            """
            insert into platform.people (id, email, name) values (\(PersonID.new()), \(email), \(name))
            on conflict on constraint people_email_key do update set email = excluded.email returning id
            """
        ) { rows in try rows.first { row in try row.next(PersonID.self) } }
    }

    func ensureMembership(email: String, merchant: MerchantID, role: Role) {
        tx.append(
            """
            insert into platform.memberships (merchant_id, person_id, role)
            select \(merchant), id, \(role.rawValue) from platform.people where email = \(email)
            on conflict (merchant_id, person_id) do update set role = excluded.role
            """
        )
    }
}

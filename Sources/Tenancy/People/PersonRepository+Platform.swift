import Core
import Postgres

/// People and their memberships.
struct PersonRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Makes a person unless the address is known; the id either way.
    func ensure(email: EmailAddress, name: String) -> Pending<PersonID?> {
        tx.append(
            """
            insert into platform.people (id, email, name) values (\(PersonID.new()), \(email.text), \(name))
            on conflict on constraint people_email_key do update set email = excluded.email returning id
            """
        ) { rows in try rows.first { row in try row.next(PersonID.self) } }
    }

    func ensureMembership(email: EmailAddress, merchant: MerchantID, role: Role) {
        tx.append(
            """
            insert into platform.memberships (merchant_id, person_id, role)
            select \(merchant), id, \(role.rawValue) from platform.people where email = \(email.text)
            on conflict (merchant_id, person_id) do update set role = excluded.role
            """
        )
    }

    /// Takes every way in from the person with this address, or gives it back; the person, when there is one.
    func setDisabled(_ isDisabled: Bool, email: EmailAddress) -> Pending<PersonID?> {
        tx.append(
            """
            update platform.people set disabled_at = case when \(isDisabled) then coalesce(disabled_at, clock_timestamp()) end, version = version + 1,
                updated_at = now()
            where email = \(email.text) returning id
            """
        ) { rows in try rows.first { row in try row.next(PersonID.self) } }
    }

    func id(of email: EmailAddress) -> Pending<PersonID?> {
        tx.append("select id from platform.people where email = \(email.text)") { rows in
            try rows.first { row in try row.next(PersonID.self) }
        }
    }

    func find(_ id: PersonID) -> Pending<Person?> {
        tx.append(
            """
            select id, email, name, locale, is_platform_admin, password_hash is not null, totp_confirmed_at is not null, version, created_at, updated_at
            from platform.people where id = \(id)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func memberships(of person: PersonID) -> Pending<[Membership]> {
        tx.append(
            """
            select m.merchant_id, r.name, r.status, m.role
            from platform.memberships m join platform.merchants r on r.id = m.merchant_id
            where m.person_id = \(person) order by r.name, m.merchant_id limit 1000
            """
        ) { rows in
            try rows.map { row in
                Membership(
                    restaurant: try row.next(),
                    restaurantName: try row.next(),
                    restaurantStatus: Merchant.Status(rawValue: try row.next(String.self)) ?? .closed,
                    role: Role(rawValue: try row.next(String.self)) ?? .agent
                )
            }
        }
    }

    /// Changes what a person says of itself; nil leaves a member as it is.
    func update(_ id: PersonID, name: String?, locale: String?) {
        tx.append(
            """
            update platform.people set name = coalesce(\(name), name), locale = coalesce(\(locale), locale), version = version + 1, updated_at = now()
            where id = \(id)
            """
        )
    }

    func setPassword(_ hash: String, of id: PersonID) {
        tx.append(
            """
            update platform.people set password_hash = \(hash), password_changed_at = clock_timestamp(), version = version + 1, updated_at = now()
            where id = \(id)
            """
        )
    }

    /// The same password under today's parameters.
    func replaceHash(_ hash: String, of id: PersonID, replacing old: String) {
        tx.append("update platform.people set password_hash = \(hash) where id = \(id) and password_hash = \(old)")
    }

    static func decode(_ row: inout PostgresRow) throws -> Person {
        Person(
            id: try row.next(),
            email: try row.next(),
            name: try row.next(),
            locale: try row.next(),
            isPlatformAdmin: try row.next(),
            hasPassword: try row.next(),
            hasSecondFactor: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}

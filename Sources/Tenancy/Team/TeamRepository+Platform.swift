import Core
import Postgres

/// The people of a restaurant, and those who administer the installation.
struct TeamRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// In the order of their ids.
    func page(of merchant: MerchantID, after: PersonID?, limit: Int) -> Pending<[Member]> {
        tx.append(
            """
            select p.id, p.email, p.name, m.role, p.totp_confirmed_at is not null, m.created_at
            from platform.memberships m join platform.people p on p.id = m.person_id
            where m.merchant_id = \(merchant) and m.person_id > coalesce(\(after), '00000000-0000-0000-0000-000000000000')
            order by m.person_id limit \(limit: limit)
            """
        ) { rows in try rows.map(Self.decode) }
    }

    func find(_ person: PersonID, of merchant: MerchantID) -> Pending<Member?> {
        tx.append(
            """
            select p.id, p.email, p.name, m.role, p.totp_confirmed_at is not null, m.created_at
            from platform.memberships m join platform.people p on p.id = m.person_id
            where m.merchant_id = \(merchant) and m.person_id = \(person)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Gives a member another role; refuses to leave the restaurant without an owner. The owners are locked in one order first, so that two who step down
    /// at once do so one after the other.
    func setRole(_ role: Role, of person: PersonID, at merchant: MerchantID) {
        lockOwners(of: merchant)
        tx.append(
            """
            with done as (
                update platform.memberships m set role = \(role.rawValue), version = version + 1, updated_at = now()
                where merchant_id = \(merchant) and person_id = \(person) and (\(role == .owner) or exists (
                    select from platform.memberships o where o.merchant_id = \(merchant) and o.role = 'owner' and o.person_id <> \(person)))
                returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    /// Takes a person out of a restaurant; refuses when it is the last owner.
    func remove(_ person: PersonID, from merchant: MerchantID) {
        lockOwners(of: merchant)
        tx.append(
            """
            with done as (
                delete from platform.memberships m
                where merchant_id = \(merchant) and person_id = \(person) and (m.role <> 'owner' or exists (
                    select from platform.memberships o where o.merchant_id = \(merchant) and o.role = 'owner' and o.person_id <> \(person)))
                returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    /// Withdraws what a person has offered to others and may offer no more.
    func withdrawInvitations(by person: PersonID, of merchant: MerchantID) {
        tx.append(
            """
            update platform.invitations set revoked_at = clock_timestamp()
            where merchant_id = \(merchant) and invited_by = \(person) and accepted_at is null and revoked_at is null
            """
        )
    }

    func withdrawAdminInvitations(by person: PersonID) {
        tx.append(
            """
            update platform.invitations set revoked_at = clock_timestamp()
            where merchant_id is null and invited_by = \(person) and accepted_at is null and revoked_at is null
            """
        )
    }

    func admins() -> Pending<[PlatformAdmin]> {
        tx.append(
            """
            select id, email, name, totp_confirmed_at is not null, created_at from platform.people where is_platform_admin order by id limit 1000
            """
        ) { rows in
            try rows.map { row in
                PlatformAdmin(
                    person: try row.next(),
                    email: try row.next(),
                    name: try row.next(),
                    hasSecondFactor: try row.next(),
                    createdAt: try row.next()
                )
            }
        }
    }

    /// Refuses when the person is no administrator, or the last one who may not be.
    func removeAdmin(_ person: PersonID, mayBeLast: Bool) {
        tx.append("select from platform.people where is_platform_admin order by id for update")
        tx.append(
            """
            with done as (
                update platform.people set is_platform_admin = false, version = version + 1, updated_at = now()
                where id = \(person) and is_platform_admin
                    and (\(mayBeLast) or exists (select from platform.people o where o.is_platform_admin and o.id <> \(person)))
                returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    /// A statement of its own: the one that follows sees what those it waited for have committed.
    private func lockOwners(of merchant: MerchantID) {
        tx.append("select from platform.memberships where merchant_id = \(merchant) and role = 'owner' order by person_id for update")
    }

    private static func decode(_ row: inout PostgresRow) throws -> Member {
        Member(
            person: try row.next(),
            email: try row.next(),
            name: try row.next(),
            role: Role(rawValue: try row.next(String.self)) ?? .agent,
            hasSecondFactor: try row.next(),
            joinedAt: try row.next()
        )
    }
}

import Core
import Postgres

/// Invitations; of their links only the SHA-256 is stored.
struct InvitationRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Invites an address, in place of an invitation that it may have already.
    func insert(
        _ id: InvitationID,
        email: EmailAddress,
        to merchant: MerchantID?,
        role: Role?,
        digest: [UInt8],
        linkShown: Bool,
        by person: PersonID?,
        expiresAt: Timestamp
    ) -> Pending<Invitation?> {
        // Two invitations of one address at once come one after the other.
        tx.append("select pg_advisory_xact_lock(hashtextextended(\("invitation \(merchant?.description ?? "") \(email.text)"), 0))")
        tx.append(
            """
            update platform.invitations set revoked_at = clock_timestamp()
            where \(invitedTo: merchant) and email = \(email.text) and accepted_at is null and revoked_at is null
            """
        )
        return tx.append(
            """
            insert into platform.invitations (id, merchant_id, email, role, hash, link_shown, invited_by, expires_at)
            values (\(id), \(merchant), \(email.text), \(role?.rawValue), \(digest), \(linkShown), \(person), \(expiresAt))
            returning id, email, role, invited_by, created_at, expires_at
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Whether the address belongs to somebody of the restaurant already; of an installation, to an administrator.
    func isMember(_ email: EmailAddress, of merchant: MerchantID?) -> Pending<Bool> {
        tx.append(
            """
            select exists (
                select from platform.people p where p.email = \(email.text) and case when \(merchant) is null then p.is_platform_admin else exists (
                    select from platform.memberships m where m.person_id = p.id and m.merchant_id = \(merchant)) end)
            """
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Invitations that may still be accepted, in the order in which they were made.
    func page(of merchant: MerchantID?, after: InvitationID?, limit: Int) -> Pending<[Invitation]> {
        tx.append(
            """
            select id, email, role, invited_by, created_at, expires_at from platform.invitations
            where \(invitedTo: merchant) and id > coalesce(\(after), '00000000-0000-0000-0000-000000000000')
                and accepted_at is null and revoked_at is null and expires_at > clock_timestamp()
            order by id limit \(limit: limit)
            """
        ) { rows in try rows.map(Self.decode) }
    }

    func find(_ id: InvitationID, of merchant: MerchantID?) -> Pending<Invitation?> {
        tx.append(
            """
            select id, email, role, invited_by, created_at, expires_at from platform.invitations
            where id = \(id) and \(invitedTo: merchant) and accepted_at is null and revoked_at is null
                and expires_at > clock_timestamp()
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Refuses when there is no such open one.
    func revoke(_ id: InvitationID, of merchant: MerchantID?) {
        tx.append(
            """
            with done as (
                update platform.invitations set revoked_at = clock_timestamp()
                where id = \(id) and \(invitedTo: merchant) and accepted_at is null and revoked_at is null
                    and expires_at > clock_timestamp()
                returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    /// What a link offers; nothing where the restaurant is closed: should it be reactivated in time, the link is good again.
    func open(_ digest: [UInt8]) -> Pending<OpenInvitation?> {
        tx.append(
            """
            select i.id, i.email, i.merchant_id, m.name, i.role, i.expires_at, coalesce(p.password_hash is not null, false),
                p.id is not null and p.password_hash is null and i.link_shown
            from platform.invitations i left join platform.merchants m on m.id = i.merchant_id left join platform.people p on p.email = i.email
            where i.hash = \(digest) and i.accepted_at is null and i.revoked_at is null and i.expires_at > clock_timestamp()
                and m.status is distinct from 'closed'
            """
        ) { rows in
            try rows.first { row in
                OpenInvitation(
                    id: try row.next(),
                    email: try row.next(),
                    restaurant: try row.next(),
                    restaurantName: try row.next(),
                    role: try row.next(String?.self).flatMap { Role(rawValue: $0) },
                    expiresAt: try row.next(),
                    hasPassword: try row.next(),
                    mayNotSetPassword: try row.next()
                )
            }
        }
    }

    /// Uses an invitation up and gives its address's person what it offers; one of any number of requests at once does so. The person is made when it is
    /// new, and gets the password when it has none and the link came by e-mail: a link that somebody was shown must not open an account that is there.
    ///
    /// A member keeps the role it has: an old invitation takes nothing away. Refuses when there is no such open one.
    ///
    /// - Parameter passwordHash: of somebody who was offered to choose one; refuses when the account has one by now.
    func accept(_ digest: [UInt8], email: String, person: PersonID, name: String, passwordHash: String?) -> Pending<(PersonID, Role?)?> {
        // Two links of one address at once come one after the other, and the second finds the password of the first.
        tx.append("select pg_advisory_xact_lock(hashtextextended(\("account \(email)"), 0))")
        tx.append(
            """
            select platform.refuse_unless(\(passwordHash == nil) or not exists (
                select from platform.people where email = \(email) and password_hash is not null))
            """
        )
        return tx.append(
            """
            with used as (
                update platform.invitations i set accepted_at = clock_timestamp()
                where hash = \(digest) and accepted_at is null and revoked_at is null and expires_at > clock_timestamp()
                    and not exists (select from platform.merchants m where m.id = i.merchant_id and m.status = 'closed')
                returning merchant_id, email, role, link_shown),
            person as (
                insert into platform.people as p (id, email, name, password_hash, password_changed_at, is_platform_admin)
                select \(person), email, \(name), \(passwordHash), clock_timestamp(), merchant_id is null from used
                on conflict on constraint people_email_key do update set
                    password_hash = case when (select link_shown from used) then p.password_hash else coalesce(p.password_hash, excluded.password_hash) end,
                    password_changed_at = coalesce(p.password_changed_at, excluded.password_changed_at),
                    is_platform_admin = p.is_platform_admin or excluded.is_platform_admin,
                    version = p.version + 1, updated_at = now()
                returning id),
            member as (
                insert into platform.memberships (merchant_id, person_id, role)
                select used.merchant_id, person.id, used.role from used, person where used.merchant_id is not null
                on conflict (merchant_id, person_id) do nothing)
            select person.id, coalesce(m.role, used.role), platform.refuse_unless(true)
            from person cross join used left join platform.memberships m on m.merchant_id = used.merchant_id and m.person_id = person.id
            union all
            select null, null, platform.refuse_unless(false) where not exists (select from person)
            """
        ) { rows in try rows.first { row in (try row.next(), try row.next(String?.self).flatMap { Role(rawValue: $0) }) } }
    }

    func deleteOld() {
        tx.append("delete from platform.invitations where expires_at < clock_timestamp() - interval '90 days'")
    }

    private static func decode(_ row: inout PostgresRow) throws -> Invitation {
        Invitation(
            id: try row.next(),
            email: try row.next(),
            role: try row.next(String?.self).flatMap { Role(rawValue: $0) },
            invitedBy: try row.next(),
            createdAt: try row.next(),
            expiresAt: try row.next()
        )
    }
}

extension Statement.StringInterpolation {
    /// Whose invitations: a restaurant's, or nil for those to administer the installation. `is not distinct from` would be no condition of an index.
    fileprivate mutating func appendInterpolation(invitedTo merchant: MerchantID?) {
        if let merchant {
            appendLiteral("merchant_id = ")
            appendInterpolation(merchant)
        } else {
            appendLiteral("merchant_id is null")
        }
    }
}

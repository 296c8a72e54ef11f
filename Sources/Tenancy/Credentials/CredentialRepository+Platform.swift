import Core
import Postgres

/// Keys and tokens. Only their SHA-256 is stored.
struct CredentialRepository {
    let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// The live credentials with these digests, by digest, and their owners' memberships.
    func find(digests: [[UInt8]]) -> Pending<[[UInt8]: StoredCredential]> {
        tx.append(
            """
            select c.hash, c.id, c.kind, c.scopes, c.merchant_id, c.person_id, c.expires_at,
                (select platform.merchant_access(d.status, d.closes_at) from platform.merchants d where d.id = c.merchant_id),
                p.is_platform_admin,
                array(select m.merchant_id from platform.memberships m where m.person_id = c.person_id order by m.merchant_id),
                array(select m.role from platform.memberships m where m.person_id = c.person_id order by m.merchant_id),
                array(
                    select platform.merchant_access(d.status, d.closes_at) from platform.memberships m
                    join platform.merchants d on d.id = m.merchant_id where m.person_id = c.person_id order by m.merchant_id)
            from platform.credentials c left join platform.people p on p.id = c.person_id
            where c.hash = any(\(digests)) and c.revoked_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())
                and p.disabled_at is null
            """
        ) { rows in
            var found: [[UInt8]: StoredCredential] = [:]
            for (digest, credential) in try rows.map({ row in
                let digest = try row.next([UInt8].self)
                let id = try row.next(CredentialID.self)
                let kind = Self.kind(named: try row.next(String.self))
                let scopes = Set(try row.next([String].self))
                let merchant = try row.next(MerchantID?.self)
                let person = try row.next(PersonID?.self)
                let expiresAt = try row.next(Timestamp?.self)
                let access = try row.next(String?.self).map { MerchantAccess(rawValue: $0) ?? .closed }
                let isPlatformAdmin = try row.next(Bool?.self)
                let restaurants = try row.next([MerchantID].self)
                let roles = try row.next([String].self)
                let accesses = try row.next([String].self)
                let credential = StoredCredential(
                    id: id,
                    kind: kind,
                    scopes: scopes,
                    merchant: merchant,
                    access: access,
                    person: person,
                    personAccess: isPlatformAdmin.map {
                        PersonAccess(isPlatformAdmin: $0, restaurants: restaurants, roles: roles, accesses: accesses)
                    },
                    expiresAt: expiresAt
                )
                return (digest, credential)
            }) {
                found[digest] = credential
            }
            return found
        }
    }

    /// Writes down when credentials were last used; at most once a minute each.
    func markUsed(_ ids: [CredentialID]) {
        tx.append(
            """
            update platform.credentials set last_used_at = clock_timestamp()
            where id = any(\(ids)) and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
            """
        )
    }

    /// Every personal access token of a person is good no more.
    func revokeTokens(of person: PersonID) {
        tx.append(
            """
            update platform.credentials set revoked_at = now()
            where person_id = \(person) and kind = 'personal_access_token' and revoked_at is null
            """
        )
    }

    static func name(of kind: TokenFormat.Kind) -> String {
        switch kind {
        case .platformKey: "platform_key"
        case .merchantKey: "merchant_key"
        case .personalAccessToken: "personal_access_token"
        // The table refuses them; they have tables of their own.
        case .refreshToken, .device, .invitation, .passwordReset, .realtimeTicket: kind.prefix
        }
    }

    private static func kind(named name: String) -> TokenFormat.Kind {
        switch name {
        case "platform_key": .platformKey
        case "merchant_key": .merchantKey
        default: .personalAccessToken
        }
    }
}

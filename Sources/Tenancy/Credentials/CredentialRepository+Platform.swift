import Core
import Postgres

/// Keys and tokens. Only their SHA-256 is stored.
struct CredentialRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    func insert(
        _ id: CredentialID,
        kind: TokenFormat.Kind,
        digest: [UInt8],
        lastFour: String,
        name: String,
        scopes: [String],
        merchant: MerchantID?,
        person: PersonID?,
        expiresAt: Timestamp?
    ) {
        tx.append(
            """
            insert into platform.credentials (id, kind, hash, prefix, last_four, name, scopes, merchant_id, person_id, expires_at)
            values (\(id), \(Self.name(of: kind)), \(digest), \(kind.prefix), \(lastFour), \(name), \(scopes), \(merchant), \(person), \(expiresAt))
            """
        )
    }

    /// The live credentials with these digests, by digest, and their owners' memberships.
    func find(digests: [[UInt8]]) -> Pending<[[UInt8]: StoredCredential]> {
        tx.append(
            """
            select c.hash, c.id, c.kind, c.scopes, c.merchant_id, c.person_id, c.expires_at,
                array(select m.merchant_id from platform.memberships m where m.person_id = c.person_id order by m.merchant_id),
                array(select m.role from platform.memberships m where m.person_id = c.person_id order by m.merchant_id)
            from platform.credentials c
            where c.hash = any(\(digests)) and c.revoked_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())
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
                let restaurants = try row.next([MerchantID].self)
                let roles = try row.next([String].self).map { Role(rawValue: $0) ?? .agent }
                let credential = StoredCredential(
                    id: id,
                    kind: kind,
                    scopes: scopes,
                    merchant: merchant,
                    person: person,
                    memberships: Dictionary(zip(restaurants, roles)) { first, _ in first },
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

    private static func name(of kind: TokenFormat.Kind) -> String {
        switch kind {
        case .platformKey: "platform_key"
        case .merchantKey: "merchant_key"
        case .personalAccessToken: "personal_access_token"
        // The table refuses them; they have tables of their own.
        case .refreshToken, .device, .invitation, .passwordReset: kind.prefix
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

import Core
import Postgres

/// Keys and tokens as their owners manage them.
extension CredentialRepository {
    private static let columns = """
        id, name, prefix, last_four, scopes, created_by_kind, created_by_credential, created_by_person, created_at, last_used_at, expires_at, revoked_at,
        replaced_by
        """

    /// One at a time of those who make credentials for `owner`, so that the number of them is exact. Until the end of the transaction.
    func lock(_ owner: CredentialOwner) {
        let name = "credentials \(owner.merchant?.description ?? owner.person?.description ?? "platform")"
        tx.append("select pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }

    /// How many of them are good now.
    func countLive(_ owner: CredentialOwner) -> Pending<Int> {
        tx.append(
            """
            select count(*) from platform.credentials
            where \(owner: owner) and revoked_at is null and (expires_at is null or expires_at > now())
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// Until when the credential that asks is good; nil: without end, or it is a session. Nothing at all when it is none any more.
    func limit(of asking: CredentialID) -> Pending<(isGone: Bool, expiresAt: Timestamp?)> {
        tx.append(
            """
            select revoked_at is not null or (expires_at is not null and expires_at <= now()), expires_at
            from platform.credentials where id = \(asking)
            """
        ) { rows in
            try rows.first { row in (isGone: try row.next(Bool.self), expiresAt: try row.next(Timestamp?.self)) } ?? (false, nil)
        }
    }

    /// Makes a credential, and tells it, unless `owner` has too many or the one that asks was revoked meanwhile.
    func issue(
        _ id: CredentialID,
        to owner: CredentialOwner,
        digest: [UInt8],
        lastFour: String,
        _ input: CredentialIn,
        telling entry: AuditEntry
    ) -> Pending<Credential?> {
        tx.append(
            """
            with made as (
                insert into platform.credentials (id, kind, hash, prefix, last_four, name, scopes, merchant_id, person_id, expires_at, created_by_kind,
                    created_by_credential, created_by_person)
                select \(id), \(Self.name(of: owner.kind)), \(digest), \(owner.kind.prefix), \(lastFour), \(input.name), \(input.scopes),
                    \(owner.merchant), \(owner.person), \(input.expiresAt), \(entry.actor.kind.rawValue), \(entry.actor.credential), \(entry.actor.person)
                where (
                        select count(*) from platform.credentials c
                        where \(owner: owner) and revoked_at is null and (expires_at is null or expires_at > now())) < \(owner.most)
                    and not exists (
                        select from platform.credentials k
                        where k.id = \(entry.actor.credential) and (k.revoked_at is not null or k.expires_at <= now()))
                    and not exists (select from platform.sessions s where s.id = \(entry.actor.credential) and s.revoked_at is not null)
                returning *),
            audited as (\(audit: entry) from made)
            select \(unescaped: Self.columns) from made
            """
        ) { rows in try rows.first(Self.decodeCredential) }
    }

    func find(_ id: CredentialID, of owner: CredentialOwner) -> Pending<Credential?> {
        tx.append(
            """
            select \(unescaped: Self.columns) from platform.credentials
            where id = \(id) and \(owner: owner)
            """
        ) { rows in try rows.first(Self.decodeCredential) }
    }

    /// Newest first, from just before `before`.
    func page(of owner: CredentialOwner, before: CredentialID?, limit: Int) -> Pending<[Credential]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from platform.credentials
            where \(owner: owner) and id < coalesce(\(before), 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by id desc limit \(limit)
            """
        ) { rows in try rows.map(Self.decodeCredential) }
    }

    /// Makes the successor of a credential and ends the old one after `overlap`, and tells it. Nil when it is not good any more or has a successor.
    ///
    /// - Parameter latest: until when the successor may last at most.
    func roll(
        _ id: CredentialID,
        of owner: CredentialOwner,
        into successor: CredentialID,
        digest: [UInt8],
        lastFour: String,
        overlap: Duration,
        latest: Timestamp?,
        telling entry: AuditEntry
    ) -> Pending<Credential?> {
        tx.append(
            """
            with old as (
                select * from platform.credentials
                where id = \(id) and \(owner: owner) and revoked_at is null and (expires_at is null or expires_at > now())
                    and replaced_by is null
                    and (
                        select count(*) from platform.credentials
                        where \(owner: owner) and revoked_at is null and (expires_at is null or expires_at > now())) < \(owner.mostWithRolled)
                    and not exists (
                        select from platform.credentials k
                        where k.id = \(entry.actor.credential) and (k.revoked_at is not null or k.expires_at <= now()))
                    and not exists (select from platform.sessions s where s.id = \(entry.actor.credential) and s.revoked_at is not null)
                for update),
            made as (
                insert into platform.credentials (id, kind, hash, prefix, last_four, name, scopes, merchant_id, person_id, expires_at, created_by_kind,
                    created_by_credential, created_by_person)
                select \(successor), kind, \(digest), prefix, \(lastFour), name, scopes, merchant_id, person_id, least(expires_at, \(latest)),
                    \(entry.actor.kind.rawValue), \(entry.actor.credential), \(entry.actor.person)
                from old returning *),
            ending as (
                update platform.credentials c
                set expires_at = least(old.expires_at, now() + make_interval(secs => \(Double(overlap.milliseconds) / 1000))), replaced_by = \(successor)
                from old where c.id = old.id),
            audited as (\(audit: entry) from made)
            select \(unescaped: Self.columns) from made
            """
        ) { rows in try rows.first(Self.decodeCredential) }
    }

    /// Ends a credential now, and tells it; nothing when it was revoked before.
    func revoke(_ id: CredentialID, of owner: CredentialOwner, telling entry: AuditEntry) {
        tx.append(
            """
            with gone as (
                update platform.credentials set revoked_at = now()
                where id = \(id) and \(owner: owner) and revoked_at is null returning id)
            \(audit: entry) from gone
            """
        )
    }

    private static func decodeCredential(_ row: inout PostgresRow) throws -> Credential {
        let id = try row.next(CredentialID.self)
        let name = try row.next(String.self)
        let prefix = try row.next(String.self)
        let lastFour = try row.next(String.self)
        let scopes = try row.next([String].self)
        let kind = try row.next(String?.self).map { Actor.Kind(rawValue: $0) ?? .anonymous }
        let credential = try row.next(CredentialID?.self)
        let person = try row.next(PersonID?.self)
        return Credential(
            id: id,
            name: name,
            prefix: prefix,
            lastFour: lastFour,
            scopes: scopes,
            createdBy: kind.map { Credential.Creator(kind: $0, credential: credential, person: person) },
            createdAt: try row.next(),
            lastUsedAt: try row.next(),
            expiresAt: try row.next(),
            revokedAt: try row.next(),
            replacedBy: try row.next()
        )
    }
}

extension Statement.StringInterpolation {
    /// The condition of a row of `platform.credentials` that belongs to `owner`; each kind has its own text, and so its own plan.
    fileprivate mutating func appendInterpolation(owner: CredentialOwner) {
        switch owner {
        case .platform:
            appendLiteral("kind = 'platform_key'")
        case .merchant(let merchant):
            appendLiteral("kind = 'merchant_key' and merchant_id = ")
            appendInterpolation(merchant)
        case .person(let person):
            appendLiteral("kind = 'personal_access_token' and person_id = ")
            appendInterpolation(person)
        }
    }
}

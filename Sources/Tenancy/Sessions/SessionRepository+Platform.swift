import Core
import Postgres

/// Sessions and the refresh tokens that they have had.
struct SessionRepository {
    /// What became of a presented refresh token.
    struct Presented: Sendable {
        let session: SessionID
        let person: PersonID
        let isLive: Bool
        /// Rotated now, or a moment ago by the same device: its successor is good.
        let isRotatedHere: Bool
        let expiresAt: Timestamp
        let idleExpiresAt: Timestamp
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    func insert(
        _ id: SessionID,
        of person: PersonID,
        by actor: Actor,
        refresh digest: [UInt8],
        expiresAt: Timestamp,
        idleExpiresAt: Timestamp
    ) {
        tx.append(
            """
            insert into platform.sessions (id, person_id, user_agent, address, expires_at, idle_expires_at)
            values (\(id), \(person), \(actor.userAgent), \(actor.address), \(expiresAt), \(idleExpiresAt))
            """
        )
        tx.append("insert into platform.refresh_tokens (hash, session_id) values (\(digest), \(id))")
    }

    /// Uses a token up, when it is unused and its session lives, and stores its successor; one of any number of requests at once does so. Then says how
    /// things stand, whoever it was.
    func rotate(_ digest: [UInt8], to successor: [UInt8], by actor: Actor, idle: Duration, leeway: Duration) -> Pending<Presented?> {
        tx.append(
            """
            with used as (
                update platform.refresh_tokens t set rotated_at = clock_timestamp(), device = \(actor.fingerprint)
                from platform.sessions s join platform.people p on p.id = s.person_id and p.disabled_at is null
                where t.hash = \(digest) and t.rotated_at is null and s.id = t.session_id and s.revoked_at is null
                    and s.expires_at > clock_timestamp() and s.idle_expires_at > clock_timestamp()
                returning t.session_id),
            moved as (
                update platform.sessions s set last_used_at = clock_timestamp(),
                    idle_expires_at = least(s.expires_at, clock_timestamp() + make_interval(secs => \(Int(idle.components.seconds))))
                from used where s.id = used.session_id)
            insert into platform.refresh_tokens (hash, session_id) select \(successor), session_id from used
            """
        )
        return tx.append(
            """
            select s.id, s.person_id,
                s.revoked_at is null and s.expires_at > clock_timestamp() and s.idle_expires_at > clock_timestamp() and p.disabled_at is null,
                coalesce(t.device = \(actor.fingerprint)
                    and t.rotated_at > clock_timestamp() - make_interval(secs => \(Int(leeway.components.seconds))), false),
                s.expires_at, s.idle_expires_at
            from platform.refresh_tokens t join platform.sessions s on s.id = t.session_id join platform.people p on p.id = s.person_id
            where t.hash = \(digest)
            """
        ) { rows in
            try rows.first { row in
                Presented(
                    session: try row.next(),
                    person: try row.next(),
                    isLive: try row.next(),
                    isRotatedHere: try row.next(),
                    expiresAt: try row.next(),
                    idleExpiresAt: try row.next()
                )
            }
        }
    }

    /// The session of a refresh token, used or not.
    func session(ofRefresh digest: [UInt8]) -> Pending<(SessionID, PersonID)?> {
        tx.append(
            """
            select s.id, s.person_id from platform.refresh_tokens t join platform.sessions s on s.id = t.session_id where t.hash = \(digest)
            """
        ) { rows in try rows.first { row in (try row.next(), try row.next()) } }
    }

    /// Sessions that live, with what their people may do now.
    func find(_ ids: [SessionID]) -> Pending<[SessionID: StoredSession]> {
        tx.append(
            """
            select s.id, s.person_id, p.is_platform_admin,
                array(select m.merchant_id from platform.memberships m where m.person_id = s.person_id order by m.merchant_id),
                array(select m.role from platform.memberships m where m.person_id = s.person_id order by m.merchant_id),
                array(
                    select platform.merchant_access(d.status, d.closes_at) from platform.memberships m
                    join platform.merchants d on d.id = m.merchant_id where m.person_id = s.person_id order by m.merchant_id)
            from platform.sessions s join platform.people p on p.id = s.person_id
            where s.id = any(\(ids)) and s.revoked_at is null and s.expires_at > clock_timestamp() and s.idle_expires_at > clock_timestamp()
                and p.disabled_at is null
            """
        ) { rows in
            let found = try rows.map { row -> (SessionID, StoredSession) in
                let id = try row.next(SessionID.self)
                let person = try row.next(PersonID.self)
                let isPlatformAdmin = try row.next(Bool.self)
                let restaurants = try row.next([MerchantID].self)
                let access = PersonAccess(
                    isPlatformAdmin: isPlatformAdmin,
                    restaurants: restaurants,
                    roles: try row.next(),
                    accesses: try row.next()
                )
                return (id, StoredSession(person: person, access: access))
            }
            return Dictionary(found) { first, _ in first }
        }
    }

    /// A person's live sessions, newest first.
    func list(of person: PersonID) -> Pending<[Session]> {
        tx.append(
            """
            select id, user_agent, address, created_at, last_used_at, least(expires_at, idle_expires_at) from platform.sessions
            where person_id = \(person) and revoked_at is null and expires_at > clock_timestamp() and idle_expires_at > clock_timestamp()
            order by id desc limit 100
            """
        ) { rows in
            try rows.map { row in
                Session(
                    id: try row.next(),
                    userAgent: try row.next(),
                    address: try row.next(),
                    createdAt: try row.next(),
                    lastUsedAt: try row.next(),
                    expiresAt: try row.next()
                )
            }
        }
    }

    /// Ends one of a person's sessions.
    ///
    /// - Parameter isExpected: refuse when there is no such live one.
    func end(_ id: SessionID, of person: PersonID, _ reason: SessionEnd, isExpected: Bool = false) {
        tx.append(
            """
            with done as (
                update platform.sessions set revoked_at = clock_timestamp(), revoked_reason = \(reason.rawValue)
                where id = \(id) and person_id = \(person) and revoked_at is null returning 1)
            select platform.refuse_unless(exists (select from done) or not \(isExpected))
            """
        )
    }

    /// Ends all of a person's sessions but one.
    func endAll(of person: PersonID, except kept: SessionID? = nil, _ reason: SessionEnd) {
        tx.append(
            """
            update platform.sessions set revoked_at = clock_timestamp(), revoked_reason = \(reason.rawValue)
            where person_id = \(person) and revoked_at is null and id is distinct from \(kept)
            """
        )
    }

    /// Tokens of sessions that ended a month ago; a session that was refreshed every ten minutes has thousands.
    func deleteOldTokens() -> Pending<Int> {
        tx.append(
            """
            delete from platform.refresh_tokens where hash in (
                select t.hash from platform.sessions s join platform.refresh_tokens t on t.session_id = s.id
                where s.expires_at < clock_timestamp() - interval '30 days' limit 5000)
            """
        ) { rows in rows.affectedRows }
    }

    /// Sessions that ended a month ago, once their tokens are gone.
    func deleteOld() -> Pending<Int> {
        tx.append(
            """
            delete from platform.sessions where id in (
                select s.id from platform.sessions s where s.expires_at < clock_timestamp() - interval '30 days'
                    and not exists (select from platform.refresh_tokens t where t.session_id = s.id) order by s.expires_at limit 1000)
            """
        ) { rows in rows.affectedRows }
    }
}

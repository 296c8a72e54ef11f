import Core
import Postgres

/// Answers kept sealed, each for the credential that asked, in the transaction of their effect.
struct SealedAnswerRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// What `request` was answered. Decoding it throws what `SealedRequest.open` does, and `AuthenticationFailure.invalidCredential` when the credential that
    /// asks has ended: its secrets are not handed out again, also within the second in which nodes may not know that yet.
    func find(_ request: SealedRequest) -> Pending<KeptAnswer?> {
        tx.append(
            """
            select fingerprint, status, location, entity_tag, body_sealed,
                exists (
                    select from platform.credentials c
                    where c.id = \(request.asking) and (c.revoked_at is not null or c.expires_at <= clock_timestamp()))
                or exists (
                    select from platform.sessions s where s.id = \(request.asking)
                        and (s.revoked_at is not null or least(s.expires_at, s.idle_expires_at) <= clock_timestamp()))
                or exists (
                    select from platform.people p where p.disabled_at is not null and p.id in (
                        select c.person_id from platform.credentials c where c.id = \(request.asking)
                        union all select s.person_id from platform.sessions s where s.id = \(request.asking)))
            from platform.idempotency_keys where id = \(request.id)
            """
        ) { rows in
            try rows.first { row in
                let fingerprint = try row.next([UInt8].self)
                let status = try row.next(Int.self)
                let location = try row.next(String?.self)
                let entityTag = try row.next(String?.self)
                let sealed = try row.next([UInt8].self)
                if try row.next(Bool.self) { throw AuthenticationFailure.invalidCredential }
                return KeptAnswer(
                    fingerprint: fingerprint,
                    answer: IdempotentAnswer(
                        status: status,
                        location: location,
                        entityTag: entityTag,
                        body: try request.open(sealed),
                        isReplay: true
                    )
                )
            }
        }
    }

    /// The same, one at a time of those who send this request: whoever comes second waits for the first one's answer. Until the end of the transaction.
    func claim(_ request: SealedRequest) -> Pending<KeptAnswer?> {
        tx.append("select pg_advisory_xact_lock(\(request.lockNumber))")
        return find(request)
    }

    func keep(_ request: SealedRequest, _ answer: IdempotentAnswer) throws {
        tx.append(
            """
            insert into platform.idempotency_keys (id, fingerprint, status, location, entity_tag, body_sealed)
            values (\(request.id), \(request.request.fingerprint), \(Int16(clamping: answer.status)), \(answer.location), \(answer.entityTag),
                \(try request.seal(answer.body)))
            """
        )
    }
}

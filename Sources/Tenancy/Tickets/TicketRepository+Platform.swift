import Core
import Postgres

/// Tickets that were not used yet.
struct TicketRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    func insert(_ ticket: Ticket, hash: [UInt8], lifetime: Duration) {
        var (kind, digest): (String?, [UInt8]?)
        var (session, person, until): (SessionID?, PersonID?, Timestamp?)
        switch ticket.credential {
        case .token(let token): (kind, digest) = (token.kind.rawValue, token.digest)
        case .session(let id, let owner, let end): (session, person, until) = (id, owner, end)
        }
        tx.append(
            """
            insert into platform.realtime_tickets
                (hash, merchant_id, token_kind, token_hash, session_id, person_id, session_until, origin, expires_at)
            values (\(hash), \(ticket.merchant), \(kind), \(digest), \(session), \(person), \(until), \(ticket.origin),
                clock_timestamp() + make_interval(secs => \(Int(lifetime.components.seconds))))
            """
        )
    }

    /// Uses a ticket up, whatever becomes of it then; of any number of requests at once one gets it.
    func take(hash: [UInt8]) -> Pending<Ticket?> {
        tx.append(
            """
            delete from platform.realtime_tickets t where t.hash = \(hash)
            returning t.merchant_id, t.token_kind, t.token_hash, t.session_id, t.person_id, t.session_until, t.origin,
                t.expires_at > clock_timestamp()
            """
        ) { rows in
            try rows.first { row -> Ticket? in
                let merchant = try row.next(MerchantID.self)
                let kind = try row.next(String?.self).flatMap { TokenFormat.Kind(rawValue: $0) }
                let digest = try row.next([UInt8]?.self)
                let session = try row.next(SessionID?.self)
                let person = try row.next(PersonID?.self)
                let until = try row.next(Timestamp?.self)
                let origin = try row.next(String?.self)
                guard try row.next(Bool.self) else { return nil }
                if let kind, let digest {
                    return Ticket(credential: .token(PresentedCredential(kind: kind, digest: digest)), merchant: merchant, origin: origin)
                }
                guard let session, let person, let until else { return nil }
                return Ticket(credential: .session(session, of: person, until: until), merchant: merchant, origin: origin)
            } ?? nil
        }
    }

    /// Forgets some of those whose time is over; what another request is at is left to it.
    func deleteOld() {
        tx.append(
            """
            delete from platform.realtime_tickets where hash in (
                select hash from platform.realtime_tickets where expires_at < clock_timestamp() - interval '1 minute'
                order by expires_at limit 20 for update skip locked)
            """
        )
    }
}

import Core
import Foundation
import Postgres
import Tenancy

/// Raw updates of all merchants.
struct InboxRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Writes a micro-batch and enqueues what was new, in one statement; how many were new. `rows` must not hold the same id twice.
    func store(_ rows: [InboxRow]) -> Pending<Int> {
        tx.wake("inbound")
        return tx.append(
            """
            select inbox.store(\(rows.map(\.day)), \(rows.map(\.id)), \(rows.map(\.provider.rawValue)), \(rows.map(\.merchant)), \
            \(rows.map(\.channel)), \(rows.map(\.kind)), \(rows.map(\.payload)), \(rows.map(\.laneKey)))
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// What became of an update with a signature that is good once.
    enum SignedOutcome: Sendable {
        case stored
        /// It was stored before, under another signature.
        case known
        /// The signature was used before.
        case spent
    }

    /// Writes one update, enqueues it and spends its signature, in one statement.
    func store(_ row: InboxRow, spending signature: [UInt8]) -> Pending<SignedOutcome> {
        tx.wake("inbound")
        return tx.append(
            """
            select inbox.store_signed(\(signature), \(row.day), \(row.id), \(row.provider.rawValue), \(row.merchant), \(row.channel), \(row.kind), \
            \(row.payload), \(row.laneKey))
            """
        ) { rows in
            switch try rows.first({ row in try row.next(Int32.self) }) ?? 0 {
            case 1...: .stored
            case 0: .known
            default: .spent
            }
        }
    }

    func quarantine(_ rows: [QuarantineRow]) {
        tx.append(
            """
            insert into inbox.quarantine (id, provider, provider_number_id, reason, dedupe_id, payload)
            select * from unnest(\(rows.map { _ in UUID.v7() }), \(rows.map(\.provider.rawValue)), \(rows.map { $0.numberID.map { String($0.prefix(64)) } }), \
            \(rows.map(\.reason.rawValue)), \(rows.map(\.dedupeID)), \(rows.map(\.payload)))
            on conflict on constraint quarantine_dedupe_key do nothing
            """
        )
    }

    /// Copies an update into its dead letter, which is kept for longer than the inbox is.
    func copy(_ id: UUID, of day: String, intoDeadLetter job: Int64) {
        tx.append(
            """
            update queue.jobs_dead d set args = d.args || jsonb_build_object('provider', u.provider, 'channel', u.channel_id, 'kind', u.kind,
                'receivedAt', (extract(epoch from u.received_at) * 1000000)::bigint, 'payload', encode(u.payload, 'hex'))
            from inbox.updates u
            where d.queue = 'inbound' and d.id = \(job) and u.event_day = \(day)::date and u.id = \(id)
            """
        )
    }

    /// The raw updates that jobs refer to, found by day and id. An update that is past its keeping is absent.
    func load(days: [String], ids: [UUID]) -> Pending<[UUID: StoredUpdate]> {
        tx.append(
            """
            select u.id, u.provider, u.channel_id, u.kind, u.payload, u.received_at
            from unnest(\(days)::date[], \(ids)) wanted(day, id)
            join inbox.updates u on u.event_day = wanted.day and u.id = wanted.id
            """
        ) { rows in
            var updates: [UUID: StoredUpdate] = [:]
            for update in try rows.map({ row in
                StoredUpdate(
                    id: try row.next(),
                    provider: ProviderName(rawValue: try row.next(String.self)) ?? .meta,
                    channel: try row.next(),
                    kind: try row.next(),
                    payload: try row.next(),
                    receivedAt: try row.next()
                )
            }) {
                updates[update.id] = update
            }
            return updates
        }
    }
}

/// An update as the inbox keeps it.
struct StoredUpdate: Sendable {
    let id: UUID
    let provider: ProviderName
    let channel: ChannelID
    let kind: String
    let payload: [UInt8]
    let receivedAt: Timestamp
}

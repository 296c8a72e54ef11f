import Core
import Postgres
import Tenancy

/// One merchant's part of the outbox.
public struct EventRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    public func append(_ event: Event) {
        tx.append(
            """
            insert into app.events (merchant_id, id, type, conversation_id, data)
            values (\(tx.merchant), \(EventID.new()), \(event.type.rawValue), \(event.conversation), \(event.data))
            """
        )
        tx.tellEvents()
    }

    /// What happened after `position`, at most `limit`, in order. The bounds and the events are of one snapshot.
    ///
    /// - Parameter types: the others are looked at, and count, and are left out; nil is all.
    public func events(after position: EventPosition, types: [EventType]? = nil, limit: Int) -> Pending<EventPage> {
        let types = types?.map(\.rawValue)
        goByIndex()
        return tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid,
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at,
                case when \(types) is null or e.type = any(\(types)) then e.data end
            from app.event_bounds() b
            left join lateral (
                select e.* from app.events e
                where e.merchant_id = \(tx.merchant) and (e.xid, e.id) > (\(position.xid), \(position.id))
                    and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                order by e.xid, e.id limit \(limit: limit)) e on true
            order by e.xid, e.id
            """
        ) { rows in try EventPage(rows, limit: limit) }
    }

    /// What happened before `position`, or at all, the newest first.
    ///
    /// - Parameter types: as above.
    func events(before position: EventPosition?, types: [EventType]?, limit: Int) -> Pending<EventPage> {
        let types = types?.map(\.rawValue)
        // The end of all: a condition that may be missing would be no condition for an index.
        let (xid, id) = position.map { ($0.xid, $0.id) } ?? (UInt64(Int64.max), EventPosition.last.id)
        goByIndex()
        return tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid,
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at,
                case when \(types) is null or e.type = any(\(types)) then e.data end
            from app.event_bounds() b
            left join lateral (
                select e.* from app.events e
                where e.merchant_id = \(tx.merchant) and (e.xid, e.id) < (\(xid), \(id)) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                order by e.xid desc, e.id desc limit \(limit: limit)) e on true
            order by e.xid desc, e.id desc
            """
        ) { rows in try EventPage(rows, limit: limit) }
    }

    /// In the order of the index, up to the limit: the one plan for all merchants takes each for as small as most are, and would read and sort everything of a
    /// large one.
    private func goByIndex() {
        // What is switched off is a price so high that PostgreSQL would compile such a plan before running it.
        tx.append("select set_config('enable_sort', 'off', true), set_config('jit', 'off', true)")
    }
}

extension TenantTransaction {
    /// Says that this transaction appends events, so that their readers look when it has committed. For statements that append them in SQL.
    public func tellEvents() {
        wake(EventTopic.name)
    }
}

/// What a transaction that appends events wakes: not a queue, although it goes the same way.
enum EventTopic {
    static let name = "@events"
}

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
    public func events(after position: EventPosition, limit: Int) -> Pending<EventPage> {
        tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid,
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at, e.data
            from app.event_bounds() b
            left join lateral (
                select e.* from app.events e
                where e.merchant_id = \(tx.merchant) and (e.xid, e.id) > (\(position.xid), \(position.id))
                    and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                order by e.xid, e.id limit \(limit)) e on true
            order by e.xid, e.id
            """
        ) { rows in try EventPage(rows) }
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

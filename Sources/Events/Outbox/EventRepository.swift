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
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid, null::xid8, null::uuid,
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

    /// Those of some types among the 10,000 that come after `position`.
    func events(after position: EventPosition, types: [EventType], limit: Int) -> Pending<EventPage> {
        tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid, w.xid, w.id,
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at, e.data
            from app.event_bounds() b
            left join lateral (
                select e.xid, e.id from app.events e
                where e.merchant_id = \(tx.merchant) and (e.xid, e.id) > (\(position.xid), \(position.id))
                    and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                order by e.xid, e.id offset 9999 limit 1) w on true
            left join lateral (
                select e.* from (
                    select e.* from app.events e
                    where e.merchant_id = \(tx.merchant) and (e.xid, e.id) > (\(position.xid), \(position.id))
                        and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                    order by e.xid, e.id limit 10000) e
                where e.type = any(\(types.map(\.rawValue)))
                order by e.xid, e.id limit \(limit)) e on true
            order by e.xid, e.id
            """
        ) { rows in try EventPage(rows) }
    }

    /// The last ones, of some types among the last 10,000.
    func latest(types: [EventType]?, limit: Int) -> Pending<EventPage> {
        let types = types?.map(\.rawValue)
        return tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid, null::xid8, null::uuid,
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at, e.data
            from app.event_bounds() b
            left join lateral (
                select e.* from (
                    select e.* from app.events e
                    where e.merchant_id = \(tx.merchant) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                    order by e.xid desc, e.id desc limit 10000) e
                where \(types) is null or e.type = any(\(types))
                order by e.xid desc, e.id desc limit \(limit)) e on true
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

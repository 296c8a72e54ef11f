import Core
import Postgres
import Tenancy

/// Everybody's events, as the readers of a node see them.
public struct OutboxRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// What is now.
    public func bounds() -> Pending<EventBounds?> {
        tx.append("select epoch, is_current, dropped_xid, dropped_id, settled_below, next_xid from app.event_bounds()") { rows in
            try rows.first { row in try EventBounds(&row) }
        }
    }

    /// All events after `position` in order, at most `limit`, and whether committed ones wait for an older transaction to end.
    ///
    /// - Parameter wants: events of other merchants move the position and are not decoded.
    public func read(after position: EventPosition, limit: Int, wants: @escaping @Sendable (MerchantID) -> Bool = { _ in true }) -> Pending<
        OutboxRead
    > {
        tx.append(
            """
            select b.epoch, b.is_current, b.dropped_xid, b.dropped_id, b.settled_below, b.next_xid,
                exists (select from app.events w where w.xid >= pg_snapshot_xmin(pg_current_snapshot())),
                e.merchant_id, e.id, e.xid, e.type, e.conversation_id, e.created_at, e.data
            from app.event_bounds() b
            left join lateral (
                select e.* from app.events e
                where (e.xid, e.id) > (\(position.xid), \(position.id)) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
                order by e.xid, e.id limit \(limit: limit)) e on true
            order by e.xid, e.id
            """
        ) { rows in try OutboxRead(rows, limit: limit, wants: wants) }
    }

    /// Begins another epoch when the database is not the one of the last; whether it did.
    public func renewEpoch() -> Pending<Bool> {
        tx.append("select platform.renew_event_epoch()") { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Makes the partitions of the days to come and drops those that ended more than `days` ago; what was done.
    public func rotate(days: Int) -> Pending<[String]> {
        tx.append("select platform.rotate_events(\(Int32(days)))") { rows in try rows.first { row in try row.next([String].self) } ?? [] }
    }
}

/// One read of everybody's events.
public struct OutboxRead: Sendable {
    public let bounds: EventBounds
    public let events: [PublishedEvent]
    /// Of the last event that was found, wanted or not.
    public let last: EventPosition?
    /// How many were found, wanted or not.
    public let count: Int
    /// Whether committed events cannot be read yet, since an older transaction still runs.
    public let isWaiting: Bool

    init(_ rows: PostgresRows, limit: Int, wants: (MerchantID) -> Bool) throws {
        var bounds: EventBounds?
        var events: [PublishedEvent] = []
        var last: EventPosition?
        var count = 0
        var isWaiting = false
        try rows.forEach { row in
            let found = try EventBounds(&row)
            bounds = found
            isWaiting = try row.next()
            guard count < limit, let (event, position) = try PublishedEvent.read(&row, epoch: found.epoch, wants: wants) else { return }
            last = position
            count += 1
            if let event { events.append(event) }
        }
        guard let bounds else { throw EventStreamError.unavailable }
        self.bounds = bounds
        self.events = events
        self.last = last
        self.count = count
        self.isWaiting = isWaiting
    }
}

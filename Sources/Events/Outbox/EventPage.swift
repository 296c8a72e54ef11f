import Core
import Postgres

/// What positions are compared with, at the moment of a read.
public struct EventBounds: Sendable, Equatable {
    public let epoch: Int64
    /// False when the database was restored or failed over and nobody has begun another epoch yet.
    public let isCurrent: Bool
    /// The newest of what is no longer kept.
    public let dropped: EventPosition
    /// Whatever these transactions wrote can be read: all below.
    public let settledBelow: UInt64
    /// Not given to a transaction yet.
    public let nextXID: UInt64

    /// Where a reader starts that wants only what comes.
    public var end: EventPosition { .before(settledBelow, epoch: epoch) }

    /// Whether everything after `position` is still here. False for one that is too old, and for one that this database never gave.
    public func reach(_ position: EventPosition) -> Bool {
        isCurrent && position.epoch == epoch && position >= dropped && position.xid < nextXID
    }
}

/// Events in the order in which a read asked for them.
public struct EventPage: Sendable {
    public let bounds: EventBounds
    /// Those that were asked for.
    public let events: [PublishedEvent]
    /// How many were looked at, and the last of them.
    public let looked: Int
    public let last: EventPosition?

    /// Of rows that begin with the columns of `app.event_bounds` and go on with those of an event, which are null in the only row when there is none. Those without
    /// data were not asked for.
    ///
    /// - Parameter limit: further rows are left out.
    init(_ rows: PostgresRows, limit: Int) throws {
        var bounds: EventBounds?
        var events: [PublishedEvent] = []
        var looked = 0
        var last: EventPosition?
        try rows.forEach { row in
            guard looked < limit else { return }
            let found = try EventBounds(&row)
            bounds = found
            guard let (event, position) = try PublishedEvent.read(&row, epoch: found.epoch) else { return }
            looked += 1
            last = position
            if let event { events.append(event) }
        }
        guard let bounds else { throw EventStreamError.unavailable }
        self.bounds = bounds
        self.events = events
        self.looked = looked
        self.last = last
    }
}

extension EventBounds {
    init(_ row: inout PostgresRow) throws {
        epoch = try row.next()
        isCurrent = try row.next()
        dropped = EventPosition(epoch: epoch, xid: try row.next(), id: try row.next())
        settledBelow = try row.next()
        nextXID = try row.next()
    }
}

public enum EventStreamError: Error, Sendable, Equatable {
    /// The position is older than what is kept, or not of this database.
    case gone
    /// The stream's own row is missing, or its database has just changed; try again.
    case unavailable
}

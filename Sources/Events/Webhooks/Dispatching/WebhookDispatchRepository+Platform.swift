import Jobs
import Postgres
import Tenancy

/// What the dispatcher asks of the platform's tables.
struct WebhookDispatchRepository {
    struct Dispatched: Sendable {
        /// Events that were read; nil when another node is at it.
        let events: Int?
        /// Restaurants that got a job.
        let merchants: Int
        /// The age of the last event that was read.
        let behindSeconds: Double?
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Gives the next events to those who want them, and moves the cursor, in one transaction (migration 0020).
    func dispatch(limit: Int) -> Pending<Dispatched> {
        tx.append("select events, merchants, extract(epoch from behind)::float8 from platform.dispatch_webhooks(\(Int32(limit)))") { rows in
            try rows.first { row in
                let events = try row.next(Int.self)
                return Dispatched(events: events < 0 ? nil : events, merchants: try row.next(), behindSeconds: try row.next())
            } ?? Dispatched(events: nil, merchants: 0, behindSeconds: nil)
        }
    }

    /// How many endpoints of each status there are, those of all restaurants.
    func endpoints() -> Pending<[(status: String, count: Int)]> {
        tx.append("select status, count(*) from app.webhook_endpoints group by status") { rows in
            try rows.map { row in (status: try row.next(String.self), count: try row.next(Int.self)) }
        }
    }

    /// Makes the partitions of the weeks to come and drops those that are past keeping; what was done.
    func rotatePartitions() -> Pending<[String]> {
        tx.append("select platform.rotate_webhook_partitions()") { rows in try rows.first { row in try row.next([String].self) } ?? [] }
    }
}

import Core
import Postgres

/// Requests that all nodes counted.
struct RateRepository {
    struct Total {
        let key: [UInt8]
        let count: Int
        /// The database's time.
        let at: Timestamp
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Adds what this node counted, and returns the counts of all nodes for the same keys.
    func add(_ counts: [(key: [UInt8], count: Int)], in windowStart: Timestamp) -> Pending<[Total]> {
        tx.append(
            """
            select key, count, at
            from platform.count_requests(\(windowStart), \(counts.map(\.key)), \(counts.map { Int64($0.count) }))
            """
        ) { rows in
            try rows.map { row in
                Total(key: try row.next([UInt8].self), count: Int(try row.next(Int64.self)), at: try row.next(Timestamp.self))
            }
        }
    }

    /// The database's time.
    func now() -> Pending<Timestamp?> {
        tx.append("select clock_timestamp()") { rows in try rows.first { row in try row.next(Timestamp.self) } }
    }

    /// Deletes windows that began before `age` ago, a bounded number of rows.
    func deleteOld(age: Duration, limit: Int32) -> Pending<Int> {
        tx.append(
            """
            with old as (
                select r.ctid from platform.rate_counts r
                where r.window_start < clock_timestamp() - \(age.microseconds) * interval '1 microsecond'
                limit \(limit) for update skip locked),
            gone as (delete from platform.rate_counts r using old where r.ctid = old.ctid returning 1)
            select count(*) from gone
            """
        ) { rows in try rows.first { row in Int(try row.next(Int64.self)) } ?? 0 }
    }
}

import Postgres

/// A segment that is not one merchant's: admin reads, routing, inbox, queue. Used only in files named `*+Platform.swift`, so that a reviewer can list
/// everything that crosses tenants.
public final class PlatformTransaction {
    private let segment: Segment
    private(set) var queuesToWake: Set<String> = []

    init(segment: Segment) {
        self.segment = segment
    }

    /// Adds a statement; its decoded result is there once the segment has committed.
    public func append<Value>(_ statement: Statement, _ decode: @escaping (PostgresRows) throws -> Value) -> Pending<Value> {
        segment.append(statement, decode)
    }

    /// Adds a statement whose result nobody reads.
    public func append(_ statement: Statement) {
        segment.append(statement)
    }

    /// Says that `queue` has new jobs once this has committed.
    public func wake(_ queue: String) {
        queuesToWake.insert(queue)
    }
}

import Core
import Postgres

/// One merchant's segment: statements that run in one implicit transaction, in one round trip, with row-level security set to that merchant.
///
/// Repositories are built from it and from nothing else; it has no public initialiser, so feature code cannot reach another merchant's rows by
/// forgetting something. Every statement still names `merchant_id`: the first lock is the query, the second the database.
public final class TenantTransaction {
    public let merchant: MerchantID
    private let segment: Segment
    private(set) var queuesToWake: Set<String> = []

    init(merchant: MerchantID, segment: Segment) {
        self.merchant = merchant
        self.segment = segment
        segment.append("select set_config('app.merchant_id', \(merchant.description), true)")
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

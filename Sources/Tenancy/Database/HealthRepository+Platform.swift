import Postgres

/// Asks the database for a sign of life.
public struct HealthRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    public func ping() -> Pending<Bool> {
        tx.append("select true") { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }
}

import Postgres

/// Which migrations the database has, as the migration runner wrote them down.
public struct MigrationStateRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Checksums by version.
    public func applied() -> Pending<[Int: String]> {
        tx.append("select version, sha256 from platform.maitre_migrations") { rows in
            var applied: [Int: String] = [:]
            for (version, checksum) in try rows.map({ row in (try row.next(Int.self), try row.next(String.self)) }) {
                applied[version] = checksum
            }
            return applied
        }
    }
}

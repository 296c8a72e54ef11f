import Core
import Postgres

/// The directory of merchants.
public struct MerchantRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    public func insert(_ id: MerchantID, _ merchant: MerchantIn) -> Pending<Merchant?> {
        tx.append(
            """
            insert into platform.merchants (id, name, time_zone, locale, currency)
            values (\(id), \(merchant.name), \(merchant.timeZone), \(merchant.locale), \(merchant.currency))
            returning id, name, status, time_zone, locale, currency, version, created_at, updated_at
            """
        ) { rows in try rows.first(Self.decode) }
    }

    public func insertDataKey(_ merchant: MerchantID, wrapped: [UInt8]) {
        tx.append("insert into platform.merchant_data_keys (merchant_id, wrapped_key) values (\(merchant), \(wrapped))")
    }

    public func find(_ id: MerchantID) -> Pending<Merchant?> {
        tx.append(
            """
            select id, name, status, time_zone, locale, currency, version, created_at, updated_at
            from platform.merchants where id = \(id)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// A page in the order merchants were made, and how many there are in all.
    public func page(limit: Int, offset: Int) -> (Pending<[Merchant]>, Pending<Int>) {
        (
            tx.append(
                """
                select id, name, status, time_zone, locale, currency, version, created_at, updated_at
                from platform.merchants order by created_at, id limit \(limit) offset \(offset)
                """
            ) { rows in try rows.map(Self.decode) },
            tx.append("select count(*) from platform.merchants") { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
        )
    }

    /// Whether PostgreSQL knows the zone: its list decides, since all day arithmetic happens there.
    public func timeZoneExists(_ name: String) -> Pending<Bool> {
        tx.append("select exists (select from pg_timezone_names where name = \(name))") { rows in
            try rows.first { row in try row.next(Bool.self) } ?? false
        }
    }

    private static func decode(_ row: inout PostgresRow) throws -> Merchant {
        Merchant(
            id: try row.next(),
            name: try row.next(),
            status: Merchant.Status(rawValue: try row.next(String.self)) ?? .closed,
            timeZone: try row.next(),
            locale: try row.next(),
            currency: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}

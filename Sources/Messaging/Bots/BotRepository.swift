import Core
import Postgres
import Tenancy

/// The merchant's bots.
struct BotRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func insert(_ id: BotID, _ bot: BotIn) -> Pending<Bot?> {
        tx.append(
            """
            insert into app.bots (merchant_id, id, name, greeting, menu, opening_hours)
            values (\(tx.merchant), \(id), \(bot.name), \(bot.greeting), \(bot.menu), \(bot.openingHours))
            returning id, name, greeting, menu, opening_hours, version, created_at, updated_at
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func find(_ id: BotID) -> Pending<Bot?> {
        tx.append(
            """
            select id, name, greeting, menu, opening_hours, version, created_at, updated_at
            from app.bots where merchant_id = \(tx.merchant) and id = \(id)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// In the order they were made, from just after `after`.
    func page(after: BotID?, limit: Int) -> Pending<[Bot]> {
        tx.append(
            """
            select id, name, greeting, menu, opening_hours, version, created_at, updated_at
            from app.bots where merchant_id = \(tx.merchant) and (\(after) is null or id > \(after)) order by id limit \(limit)
            """
        ) { rows in try rows.map(Self.decode) }
    }

    private static func decode(_ row: inout PostgresRow) throws -> Bot {
        Bot(
            id: try row.next(),
            name: try row.next(),
            greeting: try row.next(),
            menu: try row.next(),
            openingHours: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}

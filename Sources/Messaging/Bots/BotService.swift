import Core
import Postgres
import Tenancy

/// Use cases of bots.
public struct BotService: Sendable {
    private let database: TenantDatabase

    public init(database: TenantDatabase) {
        self.database = database
    }

    /// Makes a bot. The caller has checked lengths (`openapi.yaml`, BotIn); the database checks them again.
    public func create(_ bot: BotIn, id: BotID = .new(), of merchant: MerchantID, by actor: Actor) async throws -> Bot {
        try await database.tenant(merchant, Self.creation(of: bot, id: id, by: actor))
    }

    /// The same for a request, answered once.
    public func create(_ bot: BotIn, of merchant: MerchantID, by actor: Actor, answering: Answering<Bot>) async throws -> IdempotentAnswer {
        try await database.tenant(merchant, answering: answering, Self.creation(of: bot, id: .new(), by: actor))
    }

    private static func creation(of bot: BotIn, id: BotID, by actor: Actor) -> @Sendable (TenantTransaction) throws -> Pending<Bot> {
        { tx in
            let made = BotRepository(tx).insert(id, bot)
            tx.audit(AuditEntry(action: .botCreated, subject: AuditSubject("bot", id), by: actor))
            return made.map { made in
                guard let made else { throw DomainError(.unavailable, code: "unavailable", message: "The bot could not be stored.") }
                return made
            }
        }
    }

    public func find(_ id: BotID, of merchant: MerchantID) async throws -> Bot {
        guard let bot = try await database.tenant(merchant, { tx in BotRepository(tx).find(id) }) else { throw DomainError.notFound("bot") }
        return bot
    }

    /// In the order they were made; the id after which the next page starts, nil at the end.
    public func page(of merchant: MerchantID, after: BotID?, limit: Int) async throws -> (bots: [Bot], next: BotID?) {
        var bots = try await database.tenant(merchant) { tx in BotRepository(tx).page(after: after, limit: limit + 1) }
        guard bots.count > limit else { return (bots, nil) }
        bots.removeLast()
        return (bots, bots.last?.id)
    }
}

import Core
import Jobs
import Postgres
import Tenancy

/// Use cases of conversations.
public struct ConversationService: Sendable {
    private let database: TenantDatabase

    public init(database: TenantDatabase) {
        self.database = database
    }

    /// A page, most recently active first, and where the next one starts; nil when this is the last.
    public func page(
        of merchant: MerchantID,
        _ filter: ConversationFilter,
        after: ConversationPosition?,
        limit: Int
    ) async throws -> (conversations: [Conversation], next: ConversationPosition?) {
        var found = try await database.tenant(merchant) { tx in
            ConversationRepository(tx).page(filter, after: after, limit: limit + 1)
        }
        guard found.count > limit else { return (found, nil) }
        found.removeLast()
        let next = found.last.flatMap { last in last.lastMessageAt.map { ConversationPosition(lastMessageAt: $0, id: last.id) } }
        return (found, next)
    }

    public func find(_ id: ConversationID, of merchant: MerchantID) async throws -> Conversation {
        guard let conversation = try await database.tenant(merchant, { tx in ConversationRepository(tx).find(id) }) else {
            throw DomainError.notFound("conversation")
        }
        return conversation
    }

    /// Which of these the merchant has.
    public func existing(among ids: [ConversationID], of merchant: MerchantID) async throws -> Set<ConversationID> {
        try await database.tenant(merchant) { tx in ConversationCountRepository(tx).existing(among: ids) }
    }

    public func setMode(
        _ mode: Conversation.Mode,
        of id: ConversationID,
        of merchant: MerchantID,
        by actor: Actor
    ) async throws -> Conversation {
        let entry = AuditEntry(
            action: .conversationUpdated,
            subject: AuditSubject("conversation", id),
            of: merchant,
            by: actor,
            details: ["fields": .texts(["mode"]), "mode": .text(mode.rawValue)]
        )
        let (changed, conversation) = try await database.tenant(merchant) { tx in
            let conversations = ConversationRepository(tx)
            // Messages before the conversation: the order in which a sending job locks them.
            if mode != .bot { MessageRepository(tx).withdrawReplies(in: id) }
            return (conversations.setMode(mode, of: id, telling: entry), conversations.find(id))
        }
        guard changed, let conversation else { throw DomainError.notFound("conversation") }
        return conversation
    }

    /// Sets the unread count to zero and has the provider show the customer that the messages were read, and with `typing` that an answer is on its way.
    public func markRead(_ id: ConversationID, typing: Bool, of merchant: MerchantID) async throws -> Conversation {
        let (mark, conversation) = try await database.tenant(merchant) { tx in
            let conversations = ConversationRepository(tx)
            return (conversations.markRead(id), conversations.find(id))
        }
        guard let mark, let conversation else { throw DomainError.notFound("conversation") }
        if let providerMessageID = mark.providerMessageID {
            // A transaction of its own: the mark stands whether or not the receipt can be queued.
            try await database.tenant(merchant) { tx in
                JobRepository(tx).enqueue(
                    [
                        SendingJob.markRead(channel: mark.channel, providerMessageID: providerMessageID, typing: typing).new(
                            on: LaneKey(conversation: id)
                        )
                    ],
                    on: .messageSending,
                    maxAttempts: 3
                )
            }
        }
        return conversation
    }
}

import Core
import Foundation
import Jobs
import Postgres
import Tenancy
import Usage

/// Use cases of messages.
public struct MessageService: Sendable {
    private let database: TenantDatabase
    private let usage: UsageService

    public init(database: TenantDatabase, usage: UsageService) {
        self.database = database
        self.usage = usage
    }

    /// Newest first, from just below the sequence `before`; and the sequence where the next page starts, nil at the end.
    public func page(
        of conversation: ConversationID,
        of merchant: MerchantID,
        before: Int64?,
        limit: Int
    ) async throws -> (messages: [Message], next: Int64?) {
        var (exists, messages) = try await database.tenant(merchant) { tx in
            (
                MessageRepository(tx).conversationExists(conversation),
                MessageRepository(tx).page(of: conversation, before: before ?? .max, limit: limit + 1)
            )
        }
        guard exists else { throw DomainError.notFound("conversation") }
        guard messages.count > limit else { return (messages, nil) }
        messages.removeLast()
        return (messages, messages.last?.sequence)
    }

    /// Oldest first, from just above the sequence `since`: for clients that poll.
    public func page(
        of conversation: ConversationID,
        of merchant: MerchantID,
        since: Int64,
        limit: Int
    ) async throws -> (messages: [Message], hasMore: Bool) {
        var (exists, messages) = try await database.tenant(merchant) { tx in
            (
                MessageRepository(tx).conversationExists(conversation),
                MessageRepository(tx).page(of: conversation, since: since, limit: limit + 1)
            )
        }
        guard exists else { throw DomainError.notFound("conversation") }
        guard messages.count > limit else { return (messages, false) }
        messages.removeLast()
        return (messages, true)
    }

    public func find(_ id: MessageID, in conversation: ConversationID, of merchant: MerchantID) async throws -> Message {
        guard let message = try await database.tenant(merchant, { tx in MessageRepository(tx).find(id, in: conversation) }) else {
            throw DomainError.notFound("message")
        }
        return message
    }

    /// Stores a message and queues it for sending; the provider is called by a job, so its failure never loses or fails this (C3).
    ///
    /// - Parameters:
    ///   - person: nil for a program with a key, whose messages are charged to the restaurant's allowance; a person's are not.
    ///   - replyTo: one of our message ids, shown as a quote.
    ///   - locationPrefix: path of the conversation's messages, for `Location`.
    /// - Throws: `not_found`, `service_window_closed`, `idempotency_key_reused`, `validation_failed`, `allowance_exhausted`, `rate_limited`.
    public func send(
        _ content: OutboundContent,
        replyTo: MessageID?,
        to conversation: ConversationID,
        of merchant: MerchantID,
        by person: PersonID?,
        request: IdempotentRequest,
        locationPrefix: String
    ) async throws -> IdempotentAnswer {
        var reactsTo: MessageID?
        if case .reaction(let id, _) = content {
            guard let id = MessageID(id) else { throw Self.unknownMessage("/reaction/messageId") }
            reactsTo = id
        }
        let quoted = replyTo ?? reactsTo
        let (stored, (found, isOutside), quotedMessage, left) = try await database.tenant(merchant) { tx in
            (
                IdempotencyRepository(tx).find(request),
                ConversationRepository(tx).find(conversation).zip(ChannelRepository(tx).isOutside(conversation)),
                quoted.map { MessageRepository(tx).find($0, in: conversation) } ?? Pending(nil),
                person == nil ? AllowanceRepository(tx).messagesLeft() : Pending(.max)
            )
        }
        if let stored { return try stored.replay(of: request) }
        guard let found else { throw DomainError.notFound("conversation") }
        if isOutside { throw Self.outside }
        if quoted != nil, quotedMessage?.providerMessageID == nil {
            throw Self.unknownMessage(replyTo != nil ? "/replyTo" : "/reaction/messageId")
        }
        if content.type != .template { try Self.checkServiceWindow(of: found) }
        guard left > 0 else { throw try await usage.explanation(of: .day, in: conversation, of: merchant) }

        var outgoing = content
        if case .reaction(_, let emoji) = content, let providerID = quotedMessage?.providerMessageID {
            outgoing = .reaction(messageID: providerID, emoji: emoji)
        }
        let messageContent = outgoing.messageContent
        let draft = MessageDraft(
            direction: .outbound,
            sender: person == nil ? .api : .agent,
            senderID: person,
            type: messageContent.type.rawValue,
            content: PostgresJSON(messageContent.json),
            status: "queued",
            quotedProviderMessageID: replyTo == nil ? nil : quotedMessage?.providerMessageID
        )
        return try await store(
            draft,
            preview: messageContent.preview,
            in: found,
            of: merchant,
            request: request,
            locationPrefix: locationPrefix
        )
    }

    /// Sends a failed message again, as a new one: by hand, since only a person can tell whether the first one arrived after all (design 4.5).
    ///
    /// - Throws: `not_found`, `message_not_resendable`, `service_window_closed`, `idempotency_key_reused`, `allowance_exhausted`, `rate_limited`.
    public func resend(
        _ id: MessageID,
        in conversation: ConversationID,
        of merchant: MerchantID,
        by person: PersonID?,
        request: IdempotentRequest,
        locationPrefix: String
    ) async throws -> IdempotentAnswer {
        let (stored, (found, isOutside), failed, left) = try await database.tenant(merchant) { tx in
            (
                IdempotencyRepository(tx).find(request),
                ConversationRepository(tx).find(conversation).zip(ChannelRepository(tx).isOutside(conversation)),
                MessageRepository(tx).find(id, in: conversation),
                person == nil ? AllowanceRepository(tx).messagesLeft() : Pending(.max)
            )
        }
        if let stored { return try stored.replay(of: request) }
        guard let found, let failed else { throw DomainError.notFound(found == nil ? "conversation" : "message") }
        if isOutside { throw Self.outside }
        guard failed.direction == .outbound, failed.status == "failed" else { throw Self.notResendable }
        if failed.type != MessageType.template.rawValue { try Self.checkServiceWindow(of: found) }
        guard left > 0 else { throw try await usage.explanation(of: .day, in: conversation, of: merchant) }
        var extra = JSONWriter()
        extra.object { $0.member("resendOf", id.description) }
        let draft = MessageDraft(
            direction: .outbound,
            sender: person == nil ? .api : .agent,
            senderID: person,
            type: failed.type,
            content: failed.content,
            status: "queued",
            quotedProviderMessageID: failed.quotedProviderMessageID,
            extra: PostgresJSON(extra.bytes)
        )
        let preview = MessageType(rawValue: failed.type).map { MessageContent(type: $0, json: failed.content.string).preview }
        do {
            return try await store(
                draft,
                preview: preview ?? "",
                in: found,
                of: merchant,
                request: request,
                locationPrefix: locationPrefix,
                resending: id
            )
        } catch let error as PostgresError where error.sqlState == MessageRepository.alreadyResent {
            // By this very request, on another connection?
            guard let stored = try await database.tenant(merchant, { tx in IdempotencyRepository(tx).find(request) }) else {
                throw Self.notResendable
            }
            return try stored.replay(of: request)
        }
    }

    private static func unknownMessage(_ pointer: String) -> DomainError {
        .invalid([.init(pointer: pointer, code: "unknown", message: "is no message of this conversation that the provider knows")])
    }

    private static let outside = DomainError(
        .conflict,
        code: "channel_not_connected",
        message: "An outside bot answers on this channel; what is to be said there is said through it."
    )

    private static let notResendable = DomainError(
        .conflict,
        code: "message_not_resendable",
        message: "Only a message that failed can be sent again, and only once."
    )

    /// Stores a message, the answer to its request and the job that sends it, together.
    private func store(
        _ draft: MessageDraft,
        preview: String,
        in conversation: Conversation,
        of merchant: MerchantID,
        request: IdempotentRequest,
        locationPrefix: String,
        resending failed: MessageID? = nil
    ) async throws -> IdempotentAnswer {
        let (head, tail) = Self.bodyAround(draft, in: conversation.id)
        let location = "\(locationPrefix)/\(draft.id)"
        let advance = ConversationAdvance(preview: preview, direction: .outbound, takesOver: true)
        do {
            let (_, body) = try await database.tenant(merchant) { tx in
                if let failed { MessageRepository(tx).noteResend(of: failed, as: draft.id) }
                // Messages before the conversation: the order in which a sending job locks them.
                if conversation.mode == .bot { MessageRepository(tx).withdrawReplies(in: conversation.id) }
                let appended = MessageRepository(tx).append(
                    [draft],
                    to: conversation.id,
                    channel: conversation.channel,
                    advance: advance
                )
                let body = MessageAnswerRepository(tx).keep(
                    request,
                    status: 201,
                    location: location,
                    head: head,
                    tail: tail,
                    conversation: conversation.id
                )
                if conversation.mode == .bot { ConversationRepository(tx).tellMode(.agent, of: conversation.id) }
                if draft.sender == .api { AllowanceRepository(tx).chargeAPIMessage(in: conversation.id) }
                JobRepository(tx).enqueue(
                    [SendingJob.send(draft.id).new(on: LaneKey(conversation: conversation.id))],
                    on: .messageSending,
                    priority: .urgent
                )
                return (appended, body)
            }
            guard let body else { throw DomainError.notFound("conversation") }
            return IdempotentAnswer(status: 201, location: location, body: body, isReplay: false)
        } catch let error as PostgresError where error.constraint == "idempotency_keys_pkey" {
            // The same request was faster on another connection: its answer stands.
            guard let stored = try await database.tenant(merchant, { tx in IdempotencyRepository(tx).find(request) }) else { throw error }
            return try stored.replay(of: request)
        } catch let error as PostgresError {
            guard let refusal = AllowanceRefusal(error) else { throw error }
            // By this very request, on another connection, which took the last of it?
            if let stored = try await database.tenant(merchant, { tx in IdempotencyRepository(tx).find(request) }) {
                return try stored.replay(of: request)
            }
            throw try await usage.explanation(of: refusal, in: conversation.id, of: merchant)
        }
    }

    /// C7: outside the window only templates. Checked again by the sending job, since the window may close in between.
    private static func checkServiceWindow(of conversation: Conversation) throws {
        guard let closesAt = conversation.windowClosesAt, closesAt > .now else {
            throw DomainError(
                .conflict,
                code: "service_window_closed",
                message: "The customer's last message is more than 24 hours old; only a template may be sent now."
            )
        }
    }

    /// The body of the answer in two parts, between which the database puts the sequence.
    private static func bodyAround(_ draft: MessageDraft, in conversation: ConversationID) -> (head: String, tail: String) {
        let body = MessageJSON.event(draft, in: conversation, at: .now).string
        // The writer puts `id` first; the sequence goes right after the brace.
        return ("{\"sequence\":", "," + body.dropFirst())
    }
}

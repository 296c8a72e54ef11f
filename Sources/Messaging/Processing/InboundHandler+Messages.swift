import Core
import Jobs
import Logging
import Metrics
import Postgres
import Tenancy
import Usage

extension InboundHandler {
    /// A customer's message: stored, answered when the bot is in charge and the allowance lets it.
    ///
    /// - Parameter isOurs: false where a bot that runs elsewhere answers.
    func receive(_ message: InboundMessage, on channel: ChannelID, _ job: Job, isOurs: Bool = true) async throws {
        try await againWhenRefused(job) { try await answer(message, on: channel, job, isOurs: isOurs) }
    }

    private func answer(_ message: InboundMessage, on channel: ChannelID, _ job: Job, isOurs: Bool) async throws {
        let (context, target) = try await read(message, on: channel, job)
        guard let context else { return try await orphan(job) }
        let mode = context.conversation?.mode ?? .bot
        // C2, C12: only in bot mode, never in groups, and not for a merchant whose service is suspended.
        let isAnswered = isOurs && mode == .bot && message.groupID == nil && context.merchantStatus == "active"
        let response = isAnswered ? try await responder.respond(to: message, in: context) : .none
        // What announces that a person takes over is not the bot's: it must go out although the mode is no longer the bot's.
        let replier: Message.Sender = response.mode == nil || response.mode == .bot ? .bot : .system
        // At the end of an allowance the bot says nothing, or as much as is left; that a person is wanted still counts.
        let said = context.allowance.isOver ? [] : response.replies.prefix(Int(clamping: max(0, context.allowance.messages)))
        let replies = said.map { reply in
            MessageDraft(
                direction: .outbound,
                sender: replier,
                type: reply.type.rawValue,
                content: PostgresJSON(reply.messageContent.json),
                status: "queued"
            )
        }
        var advance = ConversationAdvance(
            unread: message.content.type == .reaction ? 0 : 1,
            preview: message.content.preview,
            direction: .inbound,
            inboundAt: message.providerTimestamp ?? .now,
            inboundProviderMessageID: message.providerMessageID
        )
        if let last = said.last {
            advance.preview = last.messageContent.preview
            advance.direction = .outbound
        }
        advance.mode = response.mode
        advance.greets = response.greets && !said.isEmpty
        advance.locale = response.locale
        advance.countsConversation = true
        advance.isOverAllowance = context.allowance.isOver
        try await write(
            message,
            drafts: [Self.draft(message, sender: .contact)] + replies,
            advance: advance,
            context: context,
            reactsTo: target,
            on: channel,
            job,
            notifies: mode == .bot || mode == .agent
        )
    }

    /// A message that nobody answers: from the restaurant's own handset, from an outside bot, from WhatsApp itself, or an edit of something unknown.
    func store(
        _ message: InboundMessage,
        as sender: Message.Sender,
        on channel: ChannelID,
        _ job: Job,
        newIdentity: ContactIdentity? = nil
    ) async throws {
        try await againWhenRefused(job) { try await keep(message, as: sender, on: channel, job, newIdentity: newIdentity) }
    }

    /// What the bot may say was read before it decided and is used afterwards: whoever took the last of it meanwhile is seen by reading again.
    private func againWhenRefused(_ job: Job, _ work: () async throws -> Void) async throws {
        for _ in 1...5 {
            do {
                return try await work()
            } catch let error where AllowanceRefusal(error) != nil {
                // What the refused transaction found out about a period that begins went with it: written down, so that the next reading knows.
                try await database.tenant(job.merchant) { tx in AllowanceRepository(tx).settle() }
            }
        }
        throw JobError("the allowance changed all the time", after: .milliseconds(50), countsAttempt: false)
    }

    private func keep(
        _ message: InboundMessage,
        as sender: Message.Sender,
        on channel: ChannelID,
        _ job: Job,
        newIdentity: ContactIdentity?
    ) async throws {
        let (context, target) = try await read(message, on: channel, job)
        guard let context else { return try await orphan(job) }
        var draft = Self.draft(message, sender: sender)
        var advance = ConversationAdvance(preview: message.content.preview, direction: .inbound)
        // The customer's own words, although what they change was never stored.
        advance.countsConversation = sender == .contact
        advance.isOverAllowance = context.allowance.isOver
        if sender == .phone || sender == .bot {
            draft.direction = .outbound
            draft.status = "sent"
            advance.direction = .outbound
            // A person answered from the handset: as if from the dashboard (C13). An outside bot's own words change nothing.
            advance.takesOver = sender == .phone
        }
        try await write(
            message,
            drafts: [draft],
            advance: advance,
            context: context,
            reactsTo: target,
            on: channel,
            job,
            notifies: false,
            newIdentity: newIdentity
        )
    }

    /// One read segment: what the decision needs, and the message that a reaction means.
    private func read(_ message: InboundMessage, on channel: ChannelID, _ job: Job) async throws -> (ConversationContext?, MessageID?) {
        let reaction = message.reaction?.providerMessageID
        return try await database.tenant(job.merchant) { tx in
            (
                ConversationRepository(tx).context(channel: channel, identity: message.contact, groupID: message.groupID),
                reaction.map { MessageRepository(tx).reference($0, on: channel) } ?? Pending(nil)
            )
        }
    }

    /// One write segment: everything that follows from the message, and the end of the job.
    private func write(
        _ message: InboundMessage,
        drafts: [MessageDraft],
        advance: ConversationAdvance,
        context: ConversationContext,
        reactsTo: MessageID?,
        on channel: ChannelID,
        _ job: Job,
        notifies: Bool,
        newIdentity: ContactIdentity? = nil
    ) async throws {
        let contact = message.contact.isKnown ? (context.contact?.id ?? .new()) : nil
        guard contact != nil || message.groupID != nil else { return try await orphan(job) }
        let conversation = context.conversation?.id ?? .new()
        var drafts = drafts
        drafts[0].contact = contact
        let toSend = drafts.filter { $0.status == "queued" }.map(\.id)
        let lane = LaneKey(conversation: conversation)
        do {
            _ = try await database.tenant(job.merchant) { tx in
                let contacts = ContactRepository(tx)
                if let contact {
                    if context.contact == nil {
                        contacts.insert(contact, message.contact)
                    } else if let known = context.contact, known.isNews(message.contact) {
                        contacts.enrich(contact, message.contact)
                    }
                    if let new = newIdentity { contacts.changeIdentity(contact, to: new) }
                }
                if context.conversation == nil {
                    ConversationRepository(tx).insert(conversation, channel: channel, contact: contact, groupID: message.groupID)
                }
                let messages = MessageRepository(tx)
                if advance.takesOver { messages.withdrawReplies(in: conversation) }
                let sequence = messages.append(
                    drafts,
                    to: conversation,
                    channel: channel,
                    advance: advance,
                    notifies: notifies
                )
                if let reactsTo, let reaction = message.reaction {
                    messages.react(to: reactsTo, who: contact?.description ?? "contact", emoji: reaction.emoji ?? "")
                }
                if let mode = advance.mode, mode != context.conversation?.mode {
                    ConversationRepository(tx).tellMode(mode, of: conversation)
                }
                if !toSend.isEmpty { AllowanceRepository(tx).useMessages(toSend.count) }
                let jobs = JobRepository(tx)
                jobs.enqueue(toSend.map { SendingJob.send($0).new(on: lane) }, on: .messageSending)
                jobs.complete(job)
                return sequence
            }
        } catch let error as PostgresError {
            switch error.constraint {
            case "message_references_pkey":
                // This message is stored already: a second delivery that the inbox could not recognise, such as one filed under another day.
                return try await complete(job)
            case "contacts_wa_id_key", "contacts_user_id_key", "conversations_contact_key", "conversations_group_key":
                // Another lane met this contact at the same moment; read again and use what it made.
                throw JobError("the contact was made at the same moment", after: .milliseconds(50), countsAttempt: false)
            default:
                throw error
            }
        }
        for draft in drafts {
            Counter(
                label: "maitre_messages_total",
                dimensions: [("direction", draft.direction.rawValue), ("type", draft.type), ("status", draft.status)]
            ).increment()
        }
    }

    /// The channel is gone, or nobody can say who wrote: the raw update stays in the inbox.
    private func orphan(_ job: Job) async throws {
        logger.warning("An update belongs to no conversation", metadata: ["merchantId": "\(job.merchant)", "jobId": "\(job.id)"])
        try await complete(job)
    }

    private static func draft(_ message: InboundMessage, sender: Message.Sender) -> MessageDraft {
        MessageDraft(
            direction: .inbound,
            sender: sender,
            type: message.content.type.rawValue,
            content: PostgresJSON(message.content.json),
            status: "received",
            providerMessageID: message.providerMessageID,
            quotedProviderMessageID: message.quotedProviderMessageID,
            extra: extra(of: message),
            providerAt: message.providerTimestamp
        )
    }

    /// Where the message came from, as the provider said it; nil for most messages.
    private static func extra(of message: InboundMessage) -> PostgresJSON? {
        guard message.referral != nil || message.referredProduct != nil || message.isForwarded || message.isFrequentlyForwarded else {
            return nil
        }
        var writer = JSONWriter()
        writer.object { writer in
            if message.isForwarded { writer.member("forwarded", true) }
            if message.isFrequentlyForwarded { writer.member("frequentlyForwarded", true) }
            if let referral = message.referral { writer.member("referral", raw: referral.utf8) }
            if let product = message.referredProduct { writer.member("referredProduct", raw: product.utf8) }
        }
        return PostgresJSON(writer.bytes)
    }
}

extension KnownContact {
    /// Whether `identity` tells something that is not known yet.
    fileprivate func isNews(_ identity: ContactIdentity) -> Bool {
        (identity.name != nil && identity.name != name) || (identity.waID != nil && identity.waID != waID)
            || (identity.userID != nil && identity.userID != userID)
    }
}

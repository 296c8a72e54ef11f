import Core
import Jobs
import Logging
import Metrics
import Postgres
import Tenancy

/// Sends queued messages through their channel's provider, once: what may have reached the provider is never sent again by us (design 4.5).
public struct SendingHandler: JobHandler {
    public let queue = Queue.messageSending
    private let database: TenantDatabase
    private let secrets: MerchantSecrets
    private let provider: any ChannelProvider
    private let logger: Logger

    /// How long a status may still settle a message whose outcome is unknown.
    private let settleAfter: Duration

    public init(
        database: TenantDatabase,
        secrets: MerchantSecrets,
        provider: any ChannelProvider,
        settleAfter: Duration = .seconds(15 * 60),
        logger: Logger
    ) {
        self.database = database
        self.secrets = secrets
        self.provider = provider
        self.settleAfter = settleAfter
        self.logger = logger
    }

    public func perform(_ job: Job, _ input: Void) async throws -> JobResult {
        switch SendingJob(job) {
        case .send(let message): return try await send(message, job)
        case .markRead(let channel, let providerMessageID, let typing):
            return try await markRead(channel, providerMessageID: providerMessageID, typing: typing, job)
        case .settle(let message):
            try await database.tenant(job.merchant) { tx in
                SendingRepository(tx).settle(message)
                JobRepository(tx).complete(job)
            }
            return .completed
        case nil:
            throw JobError("the job's arguments cannot be read")
        }
    }

    private func send(_ message: MessageID, _ job: Job) async throws -> JobResult {
        let decision = try await database.tenant(job.merchant) { tx in SendingRepository(tx).begin(message) }
        switch decision {
        case .send(let outgoing):
            return try await call(outgoing, job)
        case .wait(let duration):
            return .snooze(duration)
        case .unconfirmed(let conversation):
            logger.warning(
                "A worker ended between a send and its answer",
                metadata: ["messageId": "\(message)", "merchantId": "\(job.merchant)"]
            )
            try await end(job) { tx in
                SendingRepository(tx).tell(message, conversation: conversation, status: "unconfirmed", code: nil)
                settleLater(message, job, tx)
            }
        case .refused(let conversation, let code):
            try await end(job) { tx in SendingRepository(tx).tell(message, conversation: conversation, status: "failed", code: code) }
        case .cancelled(let conversation):
            try await end(job, as: .cancelled) { tx in
                SendingRepository(tx).tell(message, conversation: conversation, status: "cancelled", code: nil)
            }
        case .skip:
            try await end(job) { _ in }
        }
        return .completed
    }

    private func call(_ message: MessageToSend, _ job: Job) async throws -> JobResult {
        let outgoing: OutboundMessage
        let credentials: ChannelCredentials
        do {
            outgoing = try OutboundMessage(message, attempt: job.attempt - 1)
            credentials = try await self.credentials(
                channel: message.channel,
                of: job.merchant,
                numberID: message.numberID,
                sealedToken: message.sealedToken
            )
        } catch let error where !(error is DomainError || error is SecretBox.Failure) {
            // The database failed, not the message: nothing went out, so it is queued again.
            await requeue(message.id, job)
            throw error
        } catch {
            // Nothing went out: what is stored cannot be sent as it is.
            logger.error(
                "A message cannot be sent",
                metadata: ["messageId": "\(message.id)", "merchantId": "\(job.merchant)", "error": "\(error)"]
            )
            try await end(job) { tx in
                SendingRepository(tx).recordFailed(
                    message.id,
                    code: "not_sendable",
                    detail: "The stored message or the channel's token is not usable."
                )
            }
            return .completed
        }
        let start = Timestamp.now
        let outcome = await provider.send(outgoing, using: credentials)
        Metrics.Timer(label: "maitre_message_send_seconds").recordNanoseconds(max(0, (Timestamp.now - start).microseconds) * 1000)
        return try await record(outcome, of: message, sentAt: start, job)
    }

    private func record(_ outcome: SendOutcome, of message: MessageToSend, sentAt: Timestamp, _ job: Job) async throws -> JobResult {
        switch outcome {
        case .accepted(let providerMessageID, _, _, let held):
            try await end(job) { tx in
                SendingRepository(tx).recordAccepted(message, providerMessageID: providerMessageID, held: held)
            }
            return .completed
        case .unknown(let reason):
            logger.warning(
                "A send has an unknown outcome",
                metadata: ["messageId": "\(message.id)", "merchantId": "\(job.merchant)", "reason": "\(reason)"]
            )
            try await end(job) { tx in
                SendingRepository(tx).markUnconfirmed(message.id)
                settleLater(message.id, job, tx)
            }
            return .completed
        case .notSent(let reason, let after):
            return try await retry(message, job, reason: "\(reason)", code: "provider_unreachable", after: after)
        case .rejected(let failure):
            return try await record(failure, of: message, sentAt: sentAt, job)
        }
    }

    private func record(_ failure: ProviderFailure, of message: MessageToSend, sentAt: Timestamp, _ job: Job) async throws -> JobResult {
        let code = failure.code.map { String($0) } ?? "provider_refused"
        let detail = failure.details ?? failure.title
        switch failure.action {
        case .retry(let after):
            return try await retry(message, job, reason: "\(code) \(failure.title)", code: code, after: after)
        case .retryAfter24Hours:
            // A job of its own: the conversation's lane must not wait for a day.
            try await end(job) { tx in
                SendingRepository(tx).requeue(message.id)
                JobRepository(tx).delay(
                    NewJob(key: job.key, kind: job.kind, arguments: job.arguments),
                    on: .messageSending,
                    by: .seconds(24 * 3600)
                )
            }
            return .completed
        case .final:
            try await end(job) { tx in SendingRepository(tx).recordFailed(message.id, code: code, detail: detail) }
            return .completed
        case .stopChannel(let reason):
            logger.error(
                "A channel was stopped by its provider",
                metadata: ["channelId": "\(message.channel)", "merchantId": "\(job.merchant)", "code": "\(code)"]
            )
            try await database.tenant(job.merchant) { tx in
                JobRepository(tx).hold(job)
                // Not one that was mended while the provider still judged by what it had before.
                SendingRepository(tx).stopChannel(message.channel, reason: "\(reason.rawValue): \(detail)", at: sentAt)
                SendingRepository(tx).requeue(message.id)
            }
            return .snooze(.seconds(15))
        }
    }

    /// Back to `queued`, and the lane waits; the last attempt makes the message failed instead of a dead letter that nobody sees.
    private func retry(_ message: MessageToSend, _ job: Job, reason: String, code: String, after: Duration?) async throws -> JobResult {
        guard job.attempt < job.maxAttempts else {
            try await end(job, as: .dead) { tx in
                SendingRepository(tx).recordFailed(message.id, code: code, detail: "Given up after \(job.attempt) attempts: \(reason)")
            }
            return .completed
        }
        await requeue(message.id, job)
        throw JobError(reason, after: after)
    }

    /// Back to `queued`, tried a few times: a message left `sending` would be taken for one whose outcome is unknown.
    private func requeue(_ message: MessageID, _ job: Job) async {
        for attempt in 1...4 {
            do {
                return try await database.tenant(job.merchant) { tx in
                    JobRepository(tx).hold(job)
                    SendingRepository(tx).requeue(message)
                }
            } catch let error as PostgresError where error.sqlState == QueueState.leaseLost {
                // Somebody else has this message now; what they found it in is theirs to decide.
                return
            } catch {
                logger.warning(
                    "A message could not be queued again",
                    metadata: ["messageId": "\(message)", "attempt": "\(attempt)", "error": "\(error)"]
                )
                try? await Task.sleep(for: .milliseconds(100 << attempt))
            }
        }
    }

    /// The job is a dead letter: its message must not look as if it were still on its way.
    public func bury(_ job: Job) async {
        guard case .send(let message) = SendingJob(job) else { return }
        do {
            try await database.tenant(job.merchant) { tx in
                SendingRepository(tx).recordFailed(message, code: "given_up", detail: "It could not be sent after several attempts.")
            }
        } catch {
            logger.error("A message of a dead job stays queued", metadata: ["messageId": "\(message)", "merchantId": "\(job.merchant)"])
        }
    }

    private func markRead(_ channel: ChannelID, providerMessageID: String, typing: Bool, _ job: Job) async throws -> JobResult {
        let found = try await database.tenant(job.merchant) { tx in SendingRepository(tx).channel(channel) }
        // A receipt is a courtesy: tried a few times, then dropped without a dead letter.
        // An outside bot shows what it has read by itself.
        guard let found, found.provider != ProviderName.outside.rawValue, found.status == "active", found.merchantIsActive, job.attempt < 3
        else {
            try await end(job, as: .cancelled) { _ in }
            return .completed
        }
        let credentials = try await credentials(
            channel: channel,
            of: job.merchant,
            numberID: found.numberID,
            sealedToken: found.sealedToken
        )
        switch await provider.markRead(providerMessageID: providerMessageID, typing: typing, using: credentials) {
        case .accepted:
            try await end(job) { _ in }
            return .completed
        case .notSent(let reason, let after): throw JobError("\(reason)", after: after)
        case .unknown, .rejected:
            try await end(job, as: .cancelled) { _ in }
            return .completed
        }
    }

    private func end(_ job: Job, as outcome: JobOutcome = .done, _ effects: (TenantTransaction) -> Void) async throws {
        try await database.tenant(job.merchant) { tx in
            effects(tx)
            JobRepository(tx).complete(job, as: outcome)
        }
    }

    private func settleLater(_ message: MessageID, _ job: Job, _ tx: TenantTransaction) {
        // A lane of its own, so that it waits for nothing.
        let settle = SendingJob.settle(message)
        JobRepository(tx).delay(
            NewJob(key: "settle:\(message)", kind: settle.kind, arguments: settle.arguments),
            on: .messageSending,
            by: settleAfter
        )
    }

    private func credentials(channel: ChannelID, of merchant: MerchantID, numberID: String, sealedToken: [UInt8]?) async throws
        -> ChannelCredentials
    {
        guard let sealedToken else {
            throw DomainError(.conflict, code: "channel_not_connected", message: "The channel has no access token.")
        }
        let token = try await secrets.open(
            sealedToken,
            of: merchant,
            table: "channels",
            column: ChannelSecret.accessToken.rawValue,
            row: channel.uuid
        )
        return ChannelCredentials(providerNumberID: numberID, accessToken: token)
    }
}

extension OutboundMessage {
    /// A stored message again as it goes to the provider.
    fileprivate init(_ message: MessageToSend, attempt: Int) throws {
        guard let recipient = Recipient(waID: message.waID, userID: message.userID, groupID: message.groupID),
            let type = MessageType(rawValue: message.type)
        else { throw DomainError(.conflict, code: "not_sendable", message: "The conversation has nobody to send to.") }
        self.init(
            id: message.id,
            recipient: recipient,
            content: try OutboundContent(stored: MessageContent(type: type, json: message.content.string)),
            quotedProviderMessageID: message.quoted,
            attempt: attempt
        )
    }
}

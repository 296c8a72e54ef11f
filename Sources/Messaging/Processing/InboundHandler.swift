import Core
import Foundation
import Jobs
import Logging
import Metrics
import Postgres
import Tenancy

/// Processes the updates of one contact and channel one at a time (B10): reads what it needs, lets the responder decide outside any transaction, and
/// commits message, replies, usage, events, the sending jobs and the end of this job together.
public struct InboundHandler: JobHandler {
    /// An update as the inbox keeps it, read.
    public struct Input: Sendable {
        let channel: ChannelID
        let update: InboundUpdate
        let receivedAt: Timestamp
    }

    public let queue = Queue.inbound
    let platform: PlatformDatabase
    let database: TenantDatabase
    let responder: any InboundResponder
    let logger: Logger

    public init(platform: PlatformDatabase, database: TenantDatabase, responder: any InboundResponder, logger: Logger) {
        self.platform = platform
        self.database = database
        self.responder = responder
        self.logger = logger
    }

    public func load(_ jobs: [Job]) async throws -> [(job: Job, input: Input)] {
        let references = jobs.map(InboxReference.init)
        let known = references.compactMap { $0 }
        let stored = try await platform.platform { tx in
            InboxRepository(tx).load(days: known.map(\.day), ids: known.map(\.id))
        }
        return zip(jobs, references).compactMap { job, reference in
            guard let reference, let raw = stored[reference.id] ?? reference.copy else { return nil }
            let update = raw.provider == .outside ? OutsideEvent.update(from: raw.payload) : MetaInbound.update(from: raw.payload)
            return (job, Input(channel: raw.channel, update: update, receivedAt: raw.receivedAt))
        }
    }

    public func perform(_ job: Job, _ input: Input) async throws -> JobResult {
        Metrics.Timer(label: "maitre_inbound_lag_seconds").recordNanoseconds(max(0, (Timestamp.now - input.receivedAt).microseconds) * 1000)
        let channel = input.channel
        switch input.update {
        case .message(let message):
            try await receive(message, on: channel, job)
        case .echo(let message):
            try await store(message, as: .phone, on: channel, job)
        case .edit(let message, let original):
            try await change(message, original: original, on: channel, job) { messages, target in
                messages.edit(
                    target,
                    type: message.content.type.rawValue,
                    content: PostgresJSON(message.content.json),
                    preview: message.content.preview
                )
            }
        case .revoke(let message, let original):
            try await change(message, original: original, on: channel, job) { messages, target in messages.delete(target) }
        case .identityChange(let message, let new):
            try await store(message, as: .system, on: channel, job, newIdentity: new)
        case .status(let status):
            try await apply(status, on: channel, job)
        case .channelError(let errors, _):
            logger.warning(
                "The provider reports trouble with a channel",
                metadata: ["channelId": "\(channel)", "merchantId": "\(job.merchant)", "codes": "\(errors.map(\.code))"]
            )
            try await complete(job)
        case .unknown:
            logger.notice(
                "An update could not be read and stays in the inbox as it came",
                metadata: ["channelId": "\(channel)", "merchantId": "\(job.merchant)", "jobId": "\(job.id)"]
            )
            try await complete(job)
        case .outside(let event, let payload):
            try await perform(event, payload, on: channel, job)
        case .preference, .management:
            // Kept raw in the inbox; nothing in a conversation follows from it yet.
            try await complete(job)
        }
        return .completed
    }

    /// A dead letter outlives the inbox, so it takes its update along: replayed after weeks, it still has one.
    public func bury(_ job: Job) async {
        guard let reference = InboxReference(job), reference.copy == nil else { return }
        do {
            try await platform.platform { tx in InboxRepository(tx).copy(reference.id, of: reference.day, intoDeadLetter: job.id) }
        } catch {
            logger.error("A dead letter has no copy of its update", metadata: ["jobId": "\(job.id)", "merchantId": "\(job.merchant)"])
        }
    }

    func complete(_ job: Job) async throws {
        try await database.tenant(job.merchant) { tx in JobRepository(tx).complete(job) }
    }

    private func apply(_ status: InboundStatus, on channel: ChannelID, _ job: Job) async throws {
        let error = status.errors.first
        let change = StatusChange(
            providerMessageID: status.providerMessageID,
            correlation: status.correlation.flatMap { MessageID($0) },
            status: status.status.rawValue,
            at: status.timestamp ?? .now,
            errorCode: error.map { String($0.code) },
            errorDetail: error.map { String(($0.details ?? $0.title).prefix(1000)) },
            pricing: status.pricing.map { PostgresJSON($0) }
        )
        try await database.tenant(job.merchant) { tx in
            MessageRepository(tx).apply(change, on: channel)
            // Some errors that stop a channel come with a status, after the message was taken. Its time is cut to a second; it may be as late as the end of it.
            if let error, case .stopChannel(let reason) = MetaErrorCode.failure(of: error).action {
                SendingRepository(tx).stopChannel(
                    channel,
                    reason: "\(reason.rawValue): \(error.details ?? error.title)",
                    at: change.at + .microseconds(999_999)
                )
            }
            JobRepository(tx).complete(job)
        }
        Counter(
            label: "maitre_messages_total",
            dimensions: [("direction", "outbound"), ("type", "status"), ("status", status.status.rawValue)]
        ).increment()
    }

    /// An edit or deletion of a message; when the original was never stored, the news itself is stored, so that nothing is dropped.
    private func change(
        _ message: InboundMessage,
        original: String,
        on channel: ChannelID,
        _ job: Job,
        _ apply: (MessageRepository, MessageID) -> Void
    ) async throws {
        let target = try await database.tenant(job.merchant) { tx in MessageRepository(tx).reference(original, on: channel) }
        guard let target else { return try await store(message, as: .contact, on: channel, job) }
        try await database.tenant(job.merchant) { tx in
            let messages = MessageRepository(tx)
            apply(messages, target)
            messages.tellChange(of: target)
            JobRepository(tx).complete(job)
        }
    }
}

/// Where the inbox keeps the update that a job is about.
private struct InboxReference {
    let day: String
    let id: UUID
    /// What a replayed dead letter has with it.
    let copy: StoredUpdate?

    init?(_ job: Job) {
        guard let document = try? JSONDocument(parsing: job.arguments.bytes),
            let day = document.root["day"]?.string, let id = document.root["id"]?.string.flatMap(UUID.init(uuidString:))
        else { return nil }
        self.day = day
        self.id = id
        copy = Self.copy(document.root, id)
    }

    private static func copy(_ arguments: JSONElement, _ id: UUID) -> StoredUpdate? {
        guard let payload = arguments["payload"]?.string.flatMap([UInt8].init(hexadecimal:)),
            let channel = arguments["channel"]?.string.flatMap({ ChannelID($0) }), let kind = arguments["kind"]?.string,
            let receivedAt = arguments["receivedAt"]?.int
        else { return nil }
        // One that was copied by an older version has no provider.
        let provider = arguments["provider"]?.string.flatMap { ProviderName(rawValue: $0) } ?? .meta
        return StoredUpdate(
            id: id,
            provider: provider,
            channel: channel,
            kind: kind,
            payload: payload,
            receivedAt: Timestamp(microseconds: receivedAt)
        )
    }
}

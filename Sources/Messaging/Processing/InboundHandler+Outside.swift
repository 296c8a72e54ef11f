import Core
import Jobs
import Metrics
import Postgres
import Tenancy

extension OutsideEvent {
    /// What the inbox kept. It was read once before it was stored; what cannot be read any more stays there as it came.
    static func update(from payload: [UInt8]) -> InboundUpdate {
        do {
            return .outside(try OutsideEvent(parsing: payload), payload: payload)
        } catch {
            return .unknown(json: "{}")
        }
    }
}

extension InboundHandler {
    /// What an outside bot tells (B12). Nothing that it says is answered: that is its own part.
    func perform(_ event: OutsideEvent, _ payload: [UInt8], on channel: ChannelID, _ job: Job) async throws {
        switch event.content {
        case .received(let message): try await receive(message, on: channel, job, isOurs: false)
        case .sent(let message): try await store(message, as: .bot, on: channel, job)
        case .statusChanged(let status): try await apply(status, at: event.timestamp, on: channel, job)
        case .connected:
            try await database.tenant(job.merchant) { tx in
                ChannelRepository(tx).noteConnected(channel, at: event.timestamp)
                JobRepository(tx).complete(job)
            }
        case .disconnected(let reason):
            try await database.tenant(job.merchant) { tx in
                ChannelRepository(tx).noteDisconnected(channel, reason: reason ?? "the bot has disconnected", at: event.timestamp)
                JobRepository(tx).complete(job)
            }
        case .order(let order):
            try await database.tenant(job.merchant) { tx in
                OutsideOrderRepository(tx).keep(event, order: order, payload: payload, of: channel)
                JobRepository(tx).complete(job)
            }
        }
    }

    private func apply(_ status: OutsideStatus, at time: Timestamp, on channel: ChannelID, _ job: Job) async throws {
        let change = StatusChange(
            providerMessageID: status.messageID,
            correlation: nil,
            status: status.status.rawValue,
            at: time,
            errorCode: status.status == .failed ? status.errorCode ?? "bot_failed" : nil,
            errorDetail: status.errorDetail,
            pricing: nil
        )
        try await database.tenant(job.merchant) { tx in
            MessageRepository(tx).apply(change, on: channel)
            JobRepository(tx).complete(job)
        }
        Counter(
            label: "maitre_messages_total",
            dimensions: [("direction", "outbound"), ("type", "status"), ("status", status.status.rawValue)]
        ).increment()
    }
}

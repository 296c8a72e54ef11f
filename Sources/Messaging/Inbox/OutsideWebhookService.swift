import Core
import Foundation
import Metrics
import Postgres
import Tenancy

/// Takes what outside bots tell (B12): verifies, stores, and only then says so.
public struct OutsideWebhookService: Sendable {
    public enum Answer: String, Sendable {
        case accepted
        /// An event of that id is stored already.
        case duplicate
    }

    /// Why nothing was stored.
    public enum Refusal: String, Error, Sendable {
        /// The signature or the timestamp is missing, of another form or nobody's; or there is no such outside bot.
        case signature
        /// The signature is good, and the timestamp more than five minutes old or in the future.
        case expired
        /// This very request was stored before.
        case replayed
    }

    private let directory: OutsideDirectory
    private let database: PlatformDatabase
    /// What is verified against where there is no bot, so that this takes as long.
    private let decoy = Secret(UUID().uuidString)

    public init(directory: OutsideDirectory, database: PlatformDatabase) {
        self.directory = directory
        self.database = database
    }

    /// Stores one event.
    ///
    /// - Parameters:
    ///   - body: the raw bytes; nothing reads them before their signature is good.
    ///   - channel: whom the request says it is from.
    ///   - isFrom: called with the restaurant as soon as its bot has proven itself, whatever becomes of the rest. What it throws ends this.
    /// - Throws: `Refusal`; for a signed body `JSONSyntaxError` or `DomainError`; the database's error when it is not certain that it is stored.
    public func receive(
        body: [UInt8],
        channel: ChannelID,
        signature: String,
        timestamp: String,
        at now: Timestamp = .now,
        isFrom: (MerchantID) throws -> Void = { _ in }
    ) async throws -> Answer {
        do {
            let answer = try await store(body, channel, OutsideSignature(signature: signature, timestamp: timestamp), now, isFrom)
            count(answer == .accepted ? "stored" : "duplicate")
            return answer
        } catch {
            count((error as? Refusal).map { $0 == .replayed ? "replayed" : "refused" } ?? "failed")
            throw error
        }
    }

    private func store(
        _ body: [UInt8],
        _ id: ChannelID,
        _ signature: OutsideSignature?,
        _ now: Timestamp,
        _ isFrom: (MerchantID) throws -> Void
    ) async throws -> Answer {
        // What cannot fit any secret costs no look-up.
        guard let signature else { throw Refusal.signature }
        let channel = try await directory.channel(id)
        let fits = (channel?.secrets ?? [decoy]).count { signature.isValid(body: body, secret: $0) } > 0
        guard fits, let channel else { throw Refusal.signature }
        try isFrom(channel.merchant)
        guard signature.isFresh(at: now) else { throw Refusal.expired }
        let event = try OutsideEvent(parsing: body, receivedAt: now)
        let row = InboxRow(
            day: PostgresDate(daysSinceUnixEpoch: Int32(clamping: event.timestamp.unixDay)),
            id: InboxRow.id(provider: .outside, scope: id.description, dedupeKey: event.id),
            provider: .outside,
            merchant: channel.merchant,
            channel: id,
            kind: event.kind.rawValue,
            payload: body,
            laneKey: LaneKey(channel: id, contactKey: event.contactKey).text
        )
        switch try await database.platform({ tx in InboxRepository(tx).store(row, spending: signature.digest) }) {
        case .stored: return .accepted
        case .known: return .duplicate
        case .spent: throw Refusal.replayed
        }
    }

    private func count(_ result: String) {
        Counter(label: "maitre_inbound_webhooks_total", dimensions: [("provider", "outside"), ("result", result)]).increment()
    }
}

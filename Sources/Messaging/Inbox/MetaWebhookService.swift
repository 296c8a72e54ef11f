import Core
import Crypto
import Foundation
import Logging
import Metrics
import Postgres
import Tenancy

/// Takes Meta's webhooks (providers.md A1–A4): verifies, routes every change by its number, stores, and only then says so.
public struct MetaWebhookService: Sendable {
    /// What the caller answers.
    public enum Answer: Sendable, Equatable {
        /// Everything is committed: 200.
        case stored
        /// The signature is missing or nobody's: 401.
        case refused
    }

    private let directory: ChannelDirectory
    private let writer: InboxWriter
    private let logger: Logger

    public init(directory: ChannelDirectory, writer: InboxWriter, logger: Logger) {
        self.directory = directory
        self.writer = writer
        self.logger = logger
    }

    /// Whether Meta's verification request names a verify token of one of the channels.
    public func isVerifyToken(_ token: String) async throws -> Bool {
        try await directory.isVerifyToken(token)
    }

    /// Stores the updates of one POST.
    ///
    /// - Parameters:
    ///   - body: the raw bytes; the signature is over exactly these.
    ///   - signature: the value of `X-Hub-Signature-256`.
    /// - Throws: `InboxWriter.Failure` or the database's error when it is not certain that everything is stored.
    public func receive(body: [UInt8], signature: String?) async throws -> Answer {
        let result = try await process(body: body, signature: signature)
        Counter(
            label: "maitre_inbound_webhooks_total",
            dimensions: [("provider", "meta"), ("result", result == .stored ? "stored" : "refused")]
        )
        .increment()
        return result
    }

    private func process(body: [UInt8], signature: String?) async throws -> Answer {
        guard let signature = signature.flatMap(MetaSignature.init(header:)) else { return .refused }
        let secrets = try await directory.metaAppSecrets()
        let document: JSONDocument
        do {
            document = try MetaWebhook.document(body)
        } catch {
            // Signed but not JSON: kept for the platform admin rather than refused, which would only bring it again for days.
            guard secrets.values.contains(where: { signature.isValid(body: body, appSecret: $0) }) else { return .refused }
            try await quarantineWhole(body)
            return .stored
        }
        let routes = try await directory.metaRoutes(Set(MetaWebhook.phoneNumberIDs(in: document)))
        let apps = Set(routes.values.compactMap(\.metaApp))
        // The secrets that may have signed this: those of the apps of its numbers, or any when no number is known.
        let candidates = apps.isEmpty ? Array(secrets.keys) : Array(apps)
        guard let signer = candidates.first(where: { app in secrets[app].map { signature.isValid(body: body, appSecret: $0) } ?? false })
        else {
            return .refused
        }
        var rows: [InboxRow] = []
        var quarantine: [QuarantineRow] = []
        for update in MetaWebhook.split(document) {
            guard let number = update.phoneNumberID else {
                quarantine.append(Self.quarantined(update, reason: .noNumber))
                continue
            }
            guard let route = routes[number] else {
                quarantine.append(Self.quarantined(update, reason: .unknownNumber))
                continue
            }
            // One app's secret must not speak for another app's numbers.
            guard route.metaApp == signer else {
                quarantine.append(Self.quarantined(update, reason: .otherApp))
                continue
            }
            rows.append(Self.row(update, route: route))
        }
        if !quarantine.isEmpty {
            logger.info("Webhook updates were quarantined", metadata: ["count": "\(quarantine.count)"])
        }
        try await writer.store(rows, quarantine: quarantine)
        return .stored
    }

    private func quarantineWhole(_ body: [UInt8]) async throws {
        let id = InboxRow.id(provider: .meta, scope: "unreadable", dedupeKey: Array(SHA256.hash(data: body)).hexadecimal)
        try await writer.store(
            [],
            quarantine: [QuarantineRow(dedupeID: id, provider: .meta, numberID: nil, reason: .unreadable, payload: body)]
        )
    }

    private static func quarantined(_ update: MetaUpdate, reason: QuarantineRow.Reason) -> QuarantineRow {
        QuarantineRow(
            dedupeID: InboxRow.id(provider: .meta, scope: update.phoneNumberID ?? update.wabaID ?? "", dedupeKey: update.dedupeKey),
            provider: .meta,
            numberID: update.phoneNumberID,
            reason: reason,
            payload: update.payload
        )
    }

    private static func row(_ update: MetaUpdate, route: ChannelRoute) -> InboxRow {
        let day = Int32(clamping: (update.timestamp ?? .now).unixDay)
        return InboxRow(
            day: PostgresDate(daysSinceUnixEpoch: day),
            id: InboxRow.id(provider: .meta, scope: route.channel.description, dedupeKey: update.dedupeKey),
            provider: .meta,
            merchant: route.merchant,
            channel: route.channel,
            kind: update.kind.name,
            payload: update.payload,
            laneKey: LaneKey(channel: route.channel, contactKey: update.contactKey).text
        )
    }
}

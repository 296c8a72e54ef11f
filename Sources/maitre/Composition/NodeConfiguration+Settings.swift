import API
import Core
import Foundation
import Messaging

extension NodeConfiguration {
    /// Settings without a default that `serve` and `work` need.
    static let required = [DatabaseSettings.tenantURLKey, DatabaseSettings.platformURLKey, SecretSettings.keyEncryptionKeyKey]

    /// What a process does with its database.
    enum Purpose {
        /// Short reads and micro-batches: more connections than the database has processors for only make it switch between them.
        case serving
        /// Commits that wait for the disk, many at once.
        case working

        fileprivate var connections: Int {
            switch self {
            case .serving: max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
            case .working: 12
            }
        }
    }

    init(_ settings: Settings, for purpose: Purpose) throws {
        var realtime = RealtimeConfiguration()
        realtime.socketsPerOwner = settings.realtime.socketsPerPerson
        realtime.socketsPerMerchant = settings.realtime.socketsPerMerchant
        let (tenant, platform) = (settings.database.tenantConnections, settings.database.platformConnections)
        self.init(
            tenantURL: try settings.database.tenantURL.get(),
            platformURL: try settings.database.platformURL.get(),
            tenantConnections: tenant > 0 ? tenant : purpose.connections,
            platformConnections: platform > 0 ? platform : purpose.connections,
            keyEncryptionKey: try settings.secrets.keyEncryptionKey.get(),
            previousKeyEncryptionKeys: settings.secrets.previousKeyEncryptionKeys,
            graphURL: "\(settings.meta.graphBaseURL)/\(settings.meta.graphVersion)",
            ingest: IngestConfiguration(maxRows: settings.ingest.batchRows, maxBytes: settings.ingest.batchBytes),
            publicURL: settings.http.publicURL,
            origins: Set(settings.http.origins),
            proxies: settings.http.proxies,
            smtp: settings.smtp.client,
            concurrency: settings.worker.concurrency,
            connections: settings.limits.connections,
            streams: settings.events.streams,
            eventDays: settings.events.days,
            realtime: realtime,
            rateLimits: settings.limits.rates,
            providerTimeout: max(.seconds(1), min(.seconds(20), settings.limits.shutdown - .seconds(5)))
        )
    }
}

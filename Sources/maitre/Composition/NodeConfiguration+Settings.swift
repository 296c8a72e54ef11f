import Core
import Messaging

extension NodeConfiguration {
    /// Settings without a default that `serve` and `work` need.
    static let required = [DatabaseSettings.tenantURLKey, DatabaseSettings.platformURLKey, SecretSettings.keyEncryptionKeyKey]

    init(_ settings: Settings) throws {
        self.init(
            tenantURL: try settings.database.tenantURL.get(),
            platformURL: try settings.database.platformURL.get(),
            tenantConnections: settings.database.tenantConnections,
            platformConnections: settings.database.platformConnections,
            keyEncryptionKey: try settings.secrets.keyEncryptionKey.get(),
            graphURL: "\(settings.meta.graphBaseURL)/\(settings.meta.graphVersion)",
            ingest: IngestConfiguration(maxRows: settings.ingest.batchRows, maxBytes: settings.ingest.batchBytes),
            concurrency: settings.worker.concurrency,
            connections: settings.limits.connections
        )
    }
}

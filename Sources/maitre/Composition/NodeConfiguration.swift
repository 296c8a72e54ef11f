import Core
import Messaging

/// What a node is made of, whatever started it: `serve`, `work` or `dev`.
struct NodeConfiguration: Sendable {
    var tenantURL: Secret<String>
    var platformURL: Secret<String>
    /// Connections of each role. API and workers have pools of their own, so that neither can starve the other.
    var tenantConnections: Int
    var platformConnections: Int
    /// 32 bytes; wraps the merchants' data keys.
    var keyEncryptionKey: Secret<[UInt8]>
    /// With the version: `https://graph.facebook.com/v25.0`.
    var graphURL: String
    var ingest: IngestConfiguration
    /// Jobs of each queue at once.
    var concurrency: Int
}

import API
import Core
import Crypto
import Foundation
import Logging
import Messaging
import Tenancy

/// What a node is made of, whatever started it: `serve`, `work` or `dev`.
struct NodeConfiguration: Sendable {
    var tenantURL: Secret<String>
    var platformURL: Secret<String>
    /// Connections of each role. API and workers have pools of their own, so that neither can starve the other.
    var tenantConnections: Int
    var platformConnections: Int
    /// 32 bytes; wraps the merchants' data keys.
    var keyEncryptionKey: Secret<[UInt8]>
    /// Open what they sealed until `maitre admin rotate-secrets` has sealed it again.
    var previousKeyEncryptionKeys: [Secret<[UInt8]>] = []
    /// With the version: `https://graph.facebook.com/v25.0`.
    var graphURL: String
    var ingest: IngestConfiguration
    /// Where people reach this installation, without a slash at its end: issuer of its tokens, and what links in e-mails begin with.
    var publicURL: String
    /// Of dashboards on other hosts.
    var origins: Set<String> = []
    /// Proxies in front of the node, whose word about the client's address counts.
    var proxies = TrustedProxies()
    /// Nil where no e-mail is sent.
    var smtp: SMTPClient.Configuration?
    /// Writes links into the log where no e-mail is sent; for development.
    var showsLinks = false
    /// Jobs of each queue at once.
    var concurrency: Int
    /// Open HTTP connections; further ones wait in the kernel.
    var connections = 10_000
    /// How long a connection may take over things.
    var connection = ConnectionLimits()
    /// What open streams of events may take.
    var streams = EventStreamLimits()
    /// How many whole days events are kept.
    var eventDays = 7
    /// How live sockets are served.
    var realtime = RealtimeConfiguration()
    /// Of requests; all nodes together.
    var rateLimits = RateLimits.off
    /// From calling a provider to its whole answer. Below `shutdown`, so that a stopping worker learns what became of its sends.
    var providerTimeout: Duration = .seconds(20)
    /// How long a status may still settle a message whose outcome is unknown.
    var settleAfter: Duration = .seconds(15 * 60)

    /// A key for one purpose, derived so that there is one secret to keep.
    func derivedKey(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: keyEncryptionKey.reveal()),
            info: Data(purpose.utf8),
            outputByteCount: 32
        )
    }
}

extension PostOffice {
    init(_ configuration: NodeConfiguration, secretBox: SecretBox, logger: Logger) {
        self.init(
            secretBox: secretBox,
            publicURL: configuration.publicURL,
            sends: configuration.smtp != nil,
            showsLinks: configuration.showsLinks,
            logger: logger
        )
    }
}

extension NodeConfiguration {
    /// Seals with the key-encryption key, and opens with it and the previous ones.
    var secretBox: SecretBox {
        SecretBox(
            key: SymmetricKey(data: keyEncryptionKey.reveal()),
            previous: previousKeyEncryptionKeys.map { SymmetricKey(data: $0.reveal()) }
        )
    }

    /// Derived, so that there is one secret to keep: a cursor is no use to anyone who lacks the key it came from.
    var cursorSigner: CursorSigner {
        CursorSigner(key: cursorKey(from: keyEncryptionKey), previous: previousKeyEncryptionKeys.map(cursorKey(from:)))
    }

    private func cursorKey(from key: Secret<[UInt8]>) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Data("cursor".utf8), outputByteCount: 32)
    }
}

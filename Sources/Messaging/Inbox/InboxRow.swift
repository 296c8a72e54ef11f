import Core
import Crypto
import Foundation
import Postgres

/// One provider update on its way into the inbox.
struct InboxRow: Sendable {
    /// UTC day of the payload's own time.
    let day: PostgresDate
    /// The same for every delivery of the same update.
    let id: UUID
    let provider: ProviderName
    let merchant: MerchantID
    let channel: ChannelID
    let kind: String
    let payload: [UInt8]
    /// The lane: updates of one contact on one channel are processed one at a time.
    let laneKey: String

    /// The first half of SHA-256 over provider, channel and the provider's own key of the update.
    static func id(provider: ProviderName, scope: String, dedupeKey: String) -> UUID {
        var hash = SHA256()
        hash.update(data: Data("\(provider.rawValue)|\(scope)|\(dedupeKey)".utf8))
        return hash.finalize().withUnsafeBytes { digest in
            UUID(
                high: UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}

/// A verified update that is nobody's, or that could not be read.
struct QuarantineRow: Sendable {
    enum Reason: String, Sendable {
        case unknownNumber = "unknown_number"
        case otherApp = "other_app"
        case noNumber = "no_number"
        case unreadable
    }

    let dedupeID: UUID
    let provider: ProviderName
    let numberID: String?
    let reason: Reason
    let payload: [UInt8]
}

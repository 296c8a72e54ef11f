import Core
import Foundation
import Postgres
import Tenancy

/// Which outside bots there are and what they sign with, at most a second old.
public final class OutsideDirectory: Sendable {
    private let cache: FreshCache<ChannelID, OutsideChannel>

    public init(database: PlatformDatabase, secrets: MerchantSecrets, lifetime: Duration = .seconds(1)) {
        cache = FreshCache(lifetime: lifetime) { channels in
            let rows = try await database.platform { tx in RoutingRepository(tx).outside(channels) }
            var found: [ChannelID: OutsideChannel] = [:]
            for row in rows {
                do {
                    let secret = try await secrets.open(
                        row.sealed,
                        of: row.merchant,
                        table: ChannelSecretPlace.table,
                        column: ChannelSecretPlace.column,
                        row: row.secret.uuid
                    )
                    found[row.channel, default: OutsideChannel(merchant: row.merchant, secrets: [])].secrets.append(secret)
                } catch is SecretBox.Failure {
                    // Alarmed; the channel's other secret may still be good.
                    continue
                }
            }
            return found
        }
    }

    /// Nil when there is no such outside bot.
    func channel(_ id: ChannelID) async throws -> OutsideChannel? { try await cache.value(id) }
}

/// An outside bot as its webhook needs it.
struct OutsideChannel: Sendable {
    let merchant: MerchantID
    /// The current one, and those that were replaced and are still good.
    var secrets: [Secret<String>]
}

/// Where the secrets of channels are sealed for.
enum ChannelSecretPlace {
    static let table = "channel_secrets"
    static let column = "secret_sealed"
}

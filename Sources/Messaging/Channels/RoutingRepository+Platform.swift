import Core
import Postgres
import Tenancy

/// Routing of numbers and the apps that sign, across merchants.
struct RoutingRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    func routes(_ provider: ProviderName, numberIDs: [String]) -> Pending<[ChannelRoute]> {
        tx.append(
            """
            select provider_number_id, merchant_id, channel_id, meta_app_id from platform.channel_routes
            where provider = \(provider.rawValue) and provider_number_id = any(\(numberIDs))
            """
        ) { rows in
            try rows.map { row in
                ChannelRoute(numberID: try row.next(), merchant: try row.next(), channel: try row.next(), metaApp: try row.next())
            }
        }
    }

    /// The secrets that are good now of those of these channels that are outside bots, one row for each.
    func outside(_ channels: [ChannelID]) -> Pending<[OutsideSecretRow]> {
        tx.append(
            """
            select r.channel_id, r.merchant_id, s.id, s.secret_sealed
            from platform.channel_routes r join app.channel_secrets s on s.merchant_id = r.merchant_id and s.channel_id = r.channel_id
            where r.channel_id = any(\(channels)) and r.provider = 'outside' and (s.expires_at is null or s.expires_at > clock_timestamp())
            """
        ) { rows in
            try rows.map { row in
                OutsideSecretRow(channel: try row.next(), merchant: try row.next(), secret: try row.next(), sealed: try row.next())
            }
        }
    }

    /// Every Meta app's sealed secret.
    func metaAppSecrets() -> Pending<[(MetaAppID, [UInt8])]> {
        tx.append("select id, secret_sealed from platform.meta_apps order by id") { rows in
            try rows.map { row in (try row.next(MetaAppID.self), try row.next([UInt8].self)) }
        }
    }

    /// Whether some Meta channel has a verify token with this SHA-256.
    func verifyTokenExists(hash: [UInt8]) -> Pending<Bool> {
        tx.append(
            "select exists (select from platform.channel_routes where provider = 'meta' and verify_token_hash = \(hash))"
        ) { rows in try rows.first { row in try row.next(Bool.self) } ?? false }
    }

    /// Makes a Meta app or changes its secret; its id.
    func ensureMetaApp(_ id: MetaAppID, appID: String, sealedSecret: [UInt8]) -> Pending<MetaAppID?> {
        tx.append(
            """
            insert into platform.meta_apps (id, app_id, secret_sealed) values (\(id), \(appID), \(sealedSecret))
            on conflict on constraint meta_apps_app_id_key do nothing returning id
            """
        ) { rows in try rows.first { row in try row.next(MetaAppID.self) } }
    }

    /// Forgets a Meta app that no number is routed with.
    func removeUnusedMetaApp(_ id: MetaAppID) {
        tx.append(
            """
            delete from platform.meta_apps a where a.id = \(id)
                and not exists (select from platform.channel_routes r where r.meta_app_id = a.id)
            """
        )
    }

    func metaApp(appID: String) -> Pending<MetaAppID?> {
        tx.append("select id from platform.meta_apps where app_id = \(appID)") { rows in
            try rows.first { row in try row.next(MetaAppID.self) }
        }
    }
}

/// One of the secrets of an outside bot.
struct OutsideSecretRow: Sendable {
    let channel: ChannelID
    let merchant: MerchantID
    let secret: ChannelSecretID
    let sealed: [UInt8]
}

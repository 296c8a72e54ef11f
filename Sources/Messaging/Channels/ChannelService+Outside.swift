import Core
import Postgres
import Tenancy

extension ChannelService {
    /// Makes the channel of an outside bot, which is stopped until the bot says that it is connected.
    ///
    /// - Throws: `not_found` without such a bot; `number_taken` when the restaurant has an outside bot of this number.
    public func create(_ channel: OutsideChannelIn, of merchant: MerchantID, by actor: Actor, answering: Answering<Channel>) async throws
        -> IdempotentAnswer
    {
        guard try await database.tenant(merchant, { tx in BotRepository(tx).find(channel.bot) }) != nil else {
            throw DomainError.notFound("bot")
        }
        let (id, secret) = (ChannelID.new(), ChannelSecretID.new())
        let sealed = try await seal(channel.webhookSecret, secret, of: merchant)
        do {
            return try await database.tenant(merchant, answering: answering) { tx in
                let made = ChannelRepository(tx).insert(id, channel, secret: secret, sealed: sealed)
                tx.audit(AuditEntry(action: .channelCreated, subject: AuditSubject("channel", id), by: actor))
                return made.map { made in
                    guard let made else {
                        throw DomainError(.unavailable, code: "unavailable", message: "The channel could not be stored.")
                    }
                    return made
                }
            }
        } catch let error as PostgresError where error.constraint == "channels_number_key" {
            throw DomainError(.conflict, code: "number_taken", message: "This number is connected already.")
        }
    }

    /// Replaces what an outside bot signs with. The secret before it stays good for `overlap`, so that the bot can be changed meanwhile.
    ///
    /// - Returns: when the one before expires.
    /// - Throws: `not_found` when there is no such channel or it is no outside bot's.
    public func rollSecret(
        of channel: ChannelID,
        _ bot: BotID,
        of merchant: MerchantID,
        to secret: Secret<String>,
        overlap: Duration,
        by actor: Actor
    ) async throws -> Timestamp {
        let id = ChannelSecretID.new()
        let sealed = try await seal(secret, id, of: merchant)
        let entry = AuditEntry(action: .channelSecretRolled, subject: AuditSubject("channel", channel), of: merchant, by: actor)
        let expires = try await database.tenant(merchant) { tx in
            ChannelRepository(tx).rollSecret(of: channel, bot, to: id, sealed: sealed, overlap: overlap, telling: entry)
        }
        guard let expires else { throw DomainError.notFound("channel of an outside bot") }
        return expires
    }

    /// There is nothing to change by hand.
    static let outside = DomainError(
        .conflict,
        code: "conflict",
        message: "What the channel of an outside bot is, is for the bot to say; its secret is replaced by roll-webhook-secret."
    )

    private func seal(_ secret: Secret<String>, _ id: ChannelSecretID, of merchant: MerchantID) async throws -> [UInt8] {
        try await secrets.seal(
            secret.reveal(),
            of: merchant,
            table: ChannelSecretPlace.table,
            column: ChannelSecretPlace.column,
            row: id.uuid
        )
    }
}

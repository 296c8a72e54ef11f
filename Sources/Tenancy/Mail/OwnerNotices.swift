import Core
import Postgres

/// E-mails that tell the owners of a restaurant what needs one of them. Where no e-mail is sent, nothing is.
public struct OwnerNotices: Sendable {
    private let database: PlatformDatabase
    private let postOffice: PostOffice

    public init(database: PlatformDatabase, postOffice: PostOffice) {
        self.database = database
        self.postOffice = postOffice
    }

    /// Says that Maitre no longer calls a webhook endpoint.
    ///
    /// - Parameters:
    ///   - reason: `gone` or `failing`.
    ///   - alongside: what else belongs into the transaction, so that nobody is written to twice.
    public func webhookDisabled(
        of merchant: MerchantID,
        url: String,
        reason: String,
        _ alongside: @escaping @Sendable (PlatformTransaction) -> Void
    ) async throws {
        let (restaurant, owners) =
            postOffice.sends ? try await database.platform { tx in OwnerRepository(tx).owners(of: merchant) } : (nil, [])
        let email = Email.webhookDisabled(restaurant: restaurant ?? "", url: url, reason: reason)
        var sealed: [(EmailAddress, SealedEmail)] = []
        for owner in owners { sealed.append((owner, try postOffice.seal(email, lifetime: .seconds(3 * 24 * 3600)))) }
        let mails = sealed
        try await database.platform { tx in
            for (owner, mail) in mails { EmailRepository(tx).insert(mail, to: owner) }
            alongside(tx)
        }
    }
}

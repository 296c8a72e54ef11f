import Core
import Postgres
import Tenancy

/// The merchant's contacts.
struct ContactRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func insert(_ id: ContactID, _ identity: ContactIdentity) {
        tx.append(
            """
            insert into app.contacts (merchant_id, id, phone, wa_id, user_id, name, username)
            values (\(tx.merchant), \(id), \(identity.phoneNumber?.e164), \(identity.waID), \(identity.userID),
                \(identity.name.map { String($0.prefix(300)) }), \(identity.username.map { String($0.prefix(300)) }))
            """
        )
    }

    /// Adds what a message told about a known contact; what it did not tell stays. An id that another contact has is not taken from it: the provider may
    /// know that they are one person, the restaurant's history does not.
    func enrich(_ id: ContactID, _ identity: ContactIdentity) {
        tx.append(
            """
            update app.contacts set
                phone = coalesce(phone, \(identity.phoneNumber?.e164)),
                wa_id = coalesce(wa_id, (select \(identity.waID) where not exists (
                    select from app.contacts o where o.merchant_id = \(tx.merchant) and o.wa_id = \(identity.waID)))),
                user_id = coalesce(user_id, (select \(identity.userID) where not exists (
                    select from app.contacts o where o.merchant_id = \(tx.merchant) and o.user_id = \(identity.userID)))), name = coalesce(\(identity.name.map { String($0.prefix(300)) }), name),
                username = coalesce(\(identity.username.map { String($0.prefix(300)) }), username), updated_at = now()
            where merchant_id = \(tx.merchant) and id = \(id)
            """
        )
    }

    /// The customer has a new number or user id. An id that another contact has is left there: to this restaurant they were two people.
    func changeIdentity(_ id: ContactID, to new: ContactIdentity) {
        tx.append(
            """
            update app.contacts c set
                wa_id = coalesce((select \(new.waID) where not exists (
                    select from app.contacts o where o.merchant_id = \(tx.merchant) and o.wa_id = \(new.waID))), c.wa_id),
                phone = coalesce((select \(new.phoneNumber?.e164) where not exists (
                    select from app.contacts o where o.merchant_id = \(tx.merchant) and o.wa_id = \(new.waID))), c.phone),
                user_id = coalesce((select \(new.userID) where not exists (
                    select from app.contacts o where o.merchant_id = \(tx.merchant) and o.user_id = \(new.userID))), c.user_id),
                updated_at = now()
            where c.merchant_id = \(tx.merchant) and c.id = \(id)
            """
        )
    }
}

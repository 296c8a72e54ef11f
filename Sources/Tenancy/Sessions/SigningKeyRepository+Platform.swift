import Core
import Postgres

/// The keys of access tokens, their private halves sealed.
struct SigningKeyRepository {
    struct Row: Sendable {
        let id: SigningKeyID
        let privateSealed: [UInt8]
        let activeFrom: Timestamp
        let retiresAt: Timestamp?
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Keys that verify now or will.
    func live() -> Pending<[Row]> {
        tx.append(
            """
            select id, private_sealed, active_from, retires_at from platform.signing_keys
            where retires_at is null or retires_at > clock_timestamp() order by active_from, id
            """
        ) { rows in
            try rows.map { row in
                Row(id: try row.next(), privateSealed: try row.next(), activeFrom: try row.next(), retiresAt: try row.next())
            }
        }
    }

    /// Two nodes that start at once, or two rotations, come one after the other.
    func lock() {
        tx.append("select pg_advisory_xact_lock(hashtext('platform.signing_keys'))")
    }

    func insert(_ id: SigningKeyID, publicKey: [UInt8], privateSealed: [UInt8], activeFrom: Timestamp, unlessThereIsOne: Bool = false) {
        tx.append(
            """
            insert into platform.signing_keys (id, public_key, private_sealed, active_from)
            select \(id), \(publicKey), \(privateSealed), \(activeFrom)
            where not \(unlessThereIsOne) or not exists (select from platform.signing_keys where retires_at is null)
            """
        )
    }

    /// Every other key goes on verifying until `time`, or its own end if that is earlier.
    func retireOthers(than id: SigningKeyID, at time: Timestamp) {
        tx.append(
            """
            update platform.signing_keys set retires_at = least(coalesce(retires_at, \(time)), \(time)) where id <> \(id)
            """
        )
    }

    func deleteRetired(before time: Timestamp) {
        tx.append("delete from platform.signing_keys where retires_at < \(time)")
    }
}

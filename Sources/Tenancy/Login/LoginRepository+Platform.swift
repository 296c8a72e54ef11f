import Core
import Postgres

/// What a login asks and writes.
struct LoginRepository {
    struct Account: Sendable {
        let person: PersonID
        let email: String
        let passwordHash: String?
        let sealedSecret: [UInt8]?
        let hasSecondFactor: Bool
        /// Whether the person has logged in from this browser before.
        let knowsDevice: Bool
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// The account of an address that may log in.
    ///
    /// - Parameter device: SHA-256 of the browser's device token, if it has one.
    func account(_ email: EmailAddress, device: [UInt8]?) -> Pending<Account?> {
        tx.append(
            """
            select p.id, p.email, p.password_hash, p.totp_sealed, p.totp_confirmed_at is not null,
                exists (select from platform.known_devices d where d.person_id = p.id and d.hash = \(device))
            from platform.people p where p.email = \(email.text) and p.disabled_at is null
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func account(_ person: PersonID, device: [UInt8]? = nil) -> Pending<Account?> {
        tx.append(
            """
            select p.id, p.email, p.password_hash, p.totp_sealed, p.totp_confirmed_at is not null,
                exists (select from platform.known_devices d where d.person_id = p.id and d.hash = \(device))
            from platform.people p where p.id = \(person) and p.disabled_at is null
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Refuses unless the account is as it was read: the same password and second factor, and not disabled. Nobody changes them until the transaction ends.
    func require(_ account: Account) {
        tx.append(
            """
            select platform.refuse_unless(exists (
                select from platform.people where id = \(account.person) and password_hash = \(account.passwordHash)
                    and (totp_confirmed_at is not null) = \(account.hasSecondFactor) and disabled_at is null
                for no key update))
            """
        )
    }

    func remember(_ device: [UInt8], of person: PersonID) {
        tx.append(
            """
            insert into platform.known_devices (person_id, hash) values (\(person), \(device))
            on conflict (person_id, hash) do update set last_used_at = clock_timestamp()
            """
        )
        // A browser that was not used for a year is no longer known, and nobody has more than fifty.
        tx.append(
            """
            delete from platform.known_devices where person_id = \(person) and (last_used_at < clock_timestamp() - interval '1 year' or hash in (
                select hash from platform.known_devices where person_id = \(person) order by last_used_at desc offset 50))
            """
        )
    }

    // MARK: Second factor

    /// Uses a step's code up; false when it, or a later one, was used before.
    func useStep(_ step: Int64, of person: PersonID) -> Pending<Bool> {
        tx.append(
            """
            update platform.people set totp_last_step = \(step)
            where id = \(person) and (totp_last_step is null or totp_last_step < \(step))
            """
        ) { rows in rows.affectedRows == 1 }
    }

    /// Uses a recovery code up; false when there is none such, or it was used before.
    func useRecoveryCode(_ digest: [UInt8], of person: PersonID) -> Pending<Bool> {
        tx.append(
            """
            update platform.recovery_codes set used_at = clock_timestamp()
            where person_id = \(person) and hash = \(digest) and used_at is null
            """
        ) { rows in rows.affectedRows == 1 }
    }

    /// A secret that counts from its confirmation on. Nothing happens while another is confirmed.
    func proposeSecret(_ sealed: [UInt8], of person: PersonID) -> Pending<Bool> {
        tx.append(
            """
            update platform.people set totp_sealed = \(sealed), totp_last_step = null, updated_at = now()
            where id = \(person) and totp_confirmed_at is null
            """
        ) { rows in rows.affectedRows == 1 }
    }

    /// Confirms the proposed secret, by a code of this step; refuses when it is not the proposed one any more.
    func confirmSecret(_ sealed: [UInt8], step: Int64, of person: PersonID) {
        tx.append(
            """
            with done as (
                update platform.people set totp_confirmed_at = clock_timestamp(), totp_last_step = \(step), version = version + 1, updated_at = now()
                where id = \(person) and totp_confirmed_at is null and totp_sealed = \(sealed) returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    func removeSecret(of person: PersonID) {
        tx.append(
            """
            update platform.people set totp_sealed = null, totp_confirmed_at = null, totp_last_step = null, version = version + 1, updated_at = now()
            where id = \(person)
            """
        )
        tx.append("delete from platform.recovery_codes where person_id = \(person)")
    }

    func insertRecoveryCodes(_ digests: [[UInt8]], of person: PersonID) {
        tx.append("insert into platform.recovery_codes (person_id, hash) select \(person), unnest(\(digests))")
    }

    // MARK: New passwords

    /// Stores a reset for the address's person and the e-mail that carries it, when there is such a person: the same statement for everybody.
    ///
    /// - Parameter mail: nil where no e-mail is sent.
    func requestReset(_ email: EmailAddress, digest: [UInt8], lifetime: Duration, mail: SealedEmail?) {
        tx.append(
            """
            with person as (select id from platform.people where email = \(email.text) and disabled_at is null),
            mail as (
                insert into platform.emails (id, recipient, content_sealed, expires_at)
                select \(mail?.id), \(email.text), \(mail?.content), \(mail?.expiresAt) from person where \(mail != nil))
            insert into platform.password_resets (hash, person_id, expires_at)
            select \(digest), id, clock_timestamp() + make_interval(secs => \(Int(lifetime.components.seconds))) from person
            """
        )
    }

    /// The person of a reset that is open.
    func openReset(_ digest: [UInt8]) -> Pending<(PersonID, String)?> {
        tx.append(
            """
            select p.id, p.email from platform.password_resets r join platform.people p on p.id = r.person_id
            where r.hash = \(digest) and r.used_at is null and r.expires_at > clock_timestamp() and p.disabled_at is null
            """
        ) { rows in try rows.first { row in (try row.next(), try row.next()) } }
    }

    /// Sets the password of an open reset's person and uses up every reset that the person has; one of any number of requests at once does so, and the
    /// others are refused.
    func useReset(_ digest: [UInt8], password hash: String) {
        tx.append(
            """
            with used as (
                update platform.password_resets set used_at = clock_timestamp()
                where hash = \(digest) and used_at is null and expires_at > clock_timestamp() returning person_id),
            others as (
                update platform.password_resets r set used_at = clock_timestamp() from used
                where r.person_id = used.person_id and r.used_at is null and r.hash <> \(digest)),
            done as (
                update platform.people p set password_hash = \(hash), password_changed_at = clock_timestamp(), version = version + 1, updated_at = now()
                from used where p.id = used.person_id returning 1)
            select platform.refuse_unless(exists (select from done))
            """
        )
    }

    func deleteOldResets() {
        tx.append("delete from platform.password_resets where expires_at < clock_timestamp() - interval '7 days'")
    }

    private static func decode(_ row: inout PostgresRow) throws -> Account {
        Account(
            person: try row.next(),
            email: try row.next(),
            passwordHash: try row.next(),
            sealedSecret: try row.next(),
            hasSecondFactor: try row.next(),
            knowsDevice: try row.next()
        )
    }
}

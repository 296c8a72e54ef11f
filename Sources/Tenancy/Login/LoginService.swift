import Core
import Crypto
import Foundation
import Logging
import Postgres

/// Who somebody is: by password and second factor, by a link in an e-mail, or by the password again before something that matters.
///
/// Nobody learns from it which addresses have accounts: an unknown one costs the same queries and the same hash, and gets the same bytes.
public struct LoginService: Sendable {
    public enum SecondFactor: Sendable {
        /// Six digits of an authenticator application.
        case code(String)
        case recoveryCode(String)
    }

    /// A successful login: its tokens, and the token by which this browser is known from now on.
    public struct LoggedIn: Sendable {
        public let tokens: SessionTokens
        public let device: Secret<String>
    }

    static let resetLifetime: Duration = .seconds(3600)

    private let database: PlatformDatabase
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let secretBox: SecretBox
    private let alarm: SecretAlarm
    private let postOffice: PostOffice

    public init(
        database: PlatformDatabase,
        hasher: PasswordHasher,
        sessions: SessionService,
        secretBox: SecretBox,
        alarm: SecretAlarm,
        postOffice: PostOffice
    ) {
        self.database = database
        self.hasher = hasher
        self.sessions = sessions
        self.secretBox = secretBox
        self.alarm = alarm
        self.postOffice = postOffice
    }

    /// - Parameter device: the browser's device token, as an earlier login gave it.
    /// - Throws: `AuthenticationFailure`; `DomainError` of kind `unavailable` when too many log in at once.
    public func logIn(
        email: String,
        password: String,
        secondFactor: SecondFactor?,
        device: String?,
        by actor: Actor
    ) async throws -> LoggedIn {
        // What cannot be an address takes the same way as one that nobody has.
        let address = EmailAddress(email) ?? .impossible(email)
        let device = device.flatMap { TokenFormat.kind(of: $0) == .device ? $0 : nil }
        let digest = device.map { PresentedCredential.digest(of: $0) }
        let account = try await database.platform { tx in LoginRepository(tx).account(address, device: digest) }
        let knownDevice = account?.knowsDevice == true ? digest : nil
        // First whoever asks, unless the account knows the browser: one who asks too often must not use up what the account has, and an address that
        // others have exhausted must not keep the owner out.
        if knownDevice == nil { try await database.attempt([.address(actor)]) }
        let ownThrottle = knownDevice.map { Throttle.knownDevice($0, of: address) } ?? .strangers(of: address)
        try await database.attempt([ownThrottle])

        let secret = PasswordRules.typed(password)
        guard try await hasher.verify(secret, against: account?.passwordHash), let account else { throw AuthenticationFailure.loginFailed }
        if account.hasSecondFactor {
            guard let secondFactor else { throw AuthenticationFailure.secondFactorRequired }
            try await check(secondFactor, of: account, knownDevice: knownDevice)
        }
        var newHash: String?
        if let old = account.passwordHash, hasher.isOutdated(old) { newHash = try await hasher.hash(secret) }
        let rehashed = newHash
        return try await begin(account, device: device, by: actor) { tx in
            ThrottleRepository(tx).clear([ownThrottle])
            if knownDevice == nil { ThrottleRepository(tx).giveBack(.address(actor)) }
            tx.audit(
                AuditEntry(
                    action: .loginSucceeded,
                    subject: AuditSubject("person", account.person),
                    by: actor,
                    details: ["secondFactor": .text(account.hasSecondFactor ? "used" : "none")]
                )
            )
            if let rehashed, let old = account.passwordHash {
                PersonRepository(tx).replaceHash(rehashed, of: account.person, replacing: old)
            }
        }
    }

    /// Sends a link for a new password to whoever has the address. Nothing tells the caller whether anybody has.
    public func requestReset(email: String, by actor: Actor) async throws {
        let address = EmailAddress(email) ?? .impossible(email)
        try await database.attempt([.emails(from: actor)])
        try await database.attempt([.email(to: address)])
        let token = TokenFormat.generate(.passwordReset)
        let mail = try postOffice.seal(
            .passwordReset(link: postOffice.link(to: "reset", token: token), lifetime: Self.resetLifetime),
            lifetime: Self.resetLifetime
        )
        try await database.platform { tx in
            LoginRepository(tx).requestReset(
                address,
                digest: PresentedCredential.digest(of: token.reveal()),
                lifetime: Self.resetLifetime,
                mail: postOffice.sends ? mail : nil
            )
            // Of an unknown address as well: a transaction that writes nothing is faster than one that does.
            tx.audit(AuditEntry(action: .passwordResetRequested, by: actor))
        }
        postOffice.mention("A link for a new password was asked for", to: address, token: token, page: "reset")
    }

    /// Sets a new password by a link's token. Every session ends and every personal access token is revoked, since whoever needs a link may have lost more than
    /// a password; the person logs in with the new password, from this browser without the throttle of
    /// strangers.
    ///
    /// - Returns: the token by which this browser is known from now on.
    public func reset(token: String, password: String, by actor: Actor) async throws -> Secret<String> {
        try await database.attempt([.address(actor)])
        guard TokenFormat.kind(of: token) == .passwordReset else { throw Self.badLink }
        let digest = PresentedCredential.digest(of: token)
        guard let (person, email) = try await database.platform({ tx in LoginRepository(tx).openReset(digest) }) else { throw Self.badLink }
        let checked = try PasswordRules.checked(password, at: "/password", email: email).orInvalid()
        let hash = try await hasher.hash(checked)
        let device = TokenFormat.generate(.device)
        do {
            try await database.platform { tx in
                LoginRepository(tx).useReset(digest, password: hash)
                SessionRepository(tx).endAll(of: person, .passwordChanged)
                // Whoever makes or rolls a token at this moment comes before or after: none is made that this does not see.
                CredentialRepository(tx).lock(.person(person))
                CredentialRepository(tx).revokeTokens(of: person)
                LoginRepository(tx).remember(PresentedCredential.digest(of: device.reveal()), of: person)
                tx.audit(AuditEntry(action: .passwordReset, subject: AuditSubject("person", person), by: actor))
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw Self.badLink
        }
        return device
    }

    /// Another password, by the present one. Every other session ends.
    public func changePassword(
        of person: PersonID,
        from current: String,
        to new: String,
        keeping session: SessionID?,
        by actor: Actor
    ) async throws {
        let account = try await confirm(person, password: current, at: "/currentPassword")
        let checked = try PasswordRules.checked(new, at: "/newPassword", email: account.email).orInvalid()
        let hash = try await hasher.hash(checked)
        do {
            try await database.platform { tx in
                // A link may have set another one while these hashes were made.
                LoginRepository(tx).require(account)
                PersonRepository(tx).setPassword(hash, of: person)
                SessionRepository(tx).endAll(of: person, except: session, .passwordChanged)
                tx.audit(AuditEntry(action: .passwordChanged, subject: AuditSubject("person", person), by: actor))
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw DomainError(.conflict, code: "conflict", message: "The account was changed meanwhile; log in again.")
        }
    }

    // MARK: Second factor

    /// A new secret for an authenticator application. It counts once `confirmSecondFactor` has seen a code of it.
    public func proposeSecondFactor(for person: PersonID, password: String) async throws -> (secret: String, address: String) {
        let account = try await confirm(person, password: password, at: "/password")
        let secret = TimeBasedCode.newSecret()
        let sealed = try secretBox.seal(secret, at: Self.place(person))
        guard try await database.platform({ tx in LoginRepository(tx).proposeSecret(sealed, of: person) }) else {
            throw DomainError(.conflict, code: "conflict", message: "A second factor is set already; remove it first.")
        }
        return (TimeBasedCode.base32(secret), TimeBasedCode.address(secret: secret, account: account.email, issuer: "Maitre"))
    }

    /// Turns the second factor on. Every other session ends. The recovery codes are shown once.
    public func confirmSecondFactor(for person: PersonID, code: String, keeping session: SessionID?, by actor: Actor) async throws
        -> [String]
    {
        try await database.attempt([.secondFactor(of: person)])
        guard let account = try await database.platform({ tx in LoginRepository(tx).account(person) }), let sealed = account.sealedSecret,
            !account.hasSecondFactor
        else { throw Self.nothingToConfirm }
        let secret = try open(sealed, of: person)
        guard let step = TimeBasedCode.matchingStep(code, secret: secret, at: .now) else {
            throw DomainError.invalid([.init(pointer: "/totp", code: "not_allowed", message: "is not the code that the application shows")])
        }
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.generate() }
        do {
            try await database.platform { tx in
                LoginRepository(tx).confirmSecret(sealed, step: step, of: person)
                LoginRepository(tx).insertRecoveryCodes(codes.map { RecoveryCode.digest($0, of: person) }, of: person)
                SessionRepository(tx).endAll(of: person, except: session, .secondFactorChanged)
                ThrottleRepository(tx).clear([.secondFactor(of: person)])
                tx.audit(AuditEntry(action: .secondFactorEnabled, subject: AuditSubject("person", person), by: actor))
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw Self.nothingToConfirm
        }
        return codes
    }

    /// Turns the second factor off, by the password and one more code. Every other session ends.
    public func removeSecondFactor(
        of person: PersonID,
        password: String,
        factor: SecondFactor,
        keeping session: SessionID?,
        by actor: Actor
    ) async throws {
        let account = try await confirm(person, password: password, at: "/password")
        guard account.hasSecondFactor else { throw DomainError(.conflict, code: "conflict", message: "No second factor is set.") }
        do {
            try await check(factor, of: account, knownDevice: nil)
        } catch AuthenticationFailure.secondFactorFailed {
            // Somebody who is logged in stays so.
            let pointer = if case .code = factor { "/totp" } else { "/recoveryCode" }
            throw DomainError.invalid([.init(pointer: pointer, code: "not_allowed", message: "is wrong or was used before")])
        }
        try await database.platform { tx in
            LoginRepository(tx).removeSecret(of: person)
            SessionRepository(tx).endAll(of: person, except: session, .secondFactorChanged)
            tx.audit(AuditEntry(action: .secondFactorDisabled, subject: AuditSubject("person", person), by: actor))
        }
    }

    // MARK: -

    private func open(_ sealed: [UInt8], of person: PersonID) throws -> [UInt8] {
        do {
            return try secretBox.open(sealed, at: Self.place(person))
        } catch let failure as SecretBox.Failure {
            alarm.raise(failure, table: "people", column: "totp_sealed", row: person.uuid, of: nil)
            throw failure
        }
    }

    /// Where a person's secret is sealed.
    static func place(_ person: PersonID) -> SecretBox.Place { .init(table: "people", column: "totp_sealed", row: person.uuid) }

    private static let nothingToConfirm = DomainError(.conflict, code: "conflict", message: "There is no second factor to confirm.")
    static let badLink = DomainError(
        .invalid,
        code: "link_invalid",
        message: "The link is wrong, was used, or has expired; ask for a new one."
    )

    private func begin(
        _ account: LoginRepository.Account,
        device: String?,
        by actor: Actor,
        alongside others: (PlatformTransaction) -> Void
    ) async throws -> LoggedIn {
        let token = device.map { Secret($0) } ?? TokenFormat.generate(.device)
        do {
            let tokens = try await sessions.start(
                for: account.person,
                by: actor,
                // The hash took its time: another password, or a second factor, may have come meanwhile.
                before: { tx in LoginRepository(tx).require(account) },
                alongside: { tx in
                    LoginRepository(tx).remember(PresentedCredential.digest(of: token.reveal()), of: account.person)
                    others(tx)
                }
            )
            return LoggedIn(tokens: tokens, device: token)
        } catch let error as PostgresError where error.isRefusedChange {
            throw AuthenticationFailure.loginFailed
        }
    }

    private func confirm(_ person: PersonID, password: String, at pointer: String) async throws -> LoginRepository.Account {
        try await database.attempt([.confirmation(of: person)])
        let account = try await database.platform { tx in LoginRepository(tx).account(person) }
        guard try await hasher.verify(PasswordRules.typed(password), against: account?.passwordHash), let account else {
            throw DomainError.invalid([.init(pointer: pointer, code: "not_allowed", message: "is not the present password")])
        }
        try await database.platform { tx in ThrottleRepository(tx).clear([.confirmation(of: person)]) }
        return account
    }

    private func check(_ factor: SecondFactor, of account: LoginRepository.Account, knownDevice: [UInt8]?) async throws {
        let throttle = knownDevice.map { Throttle.secondFactor(of: account.person, knownDevice: $0) } ?? .secondFactor(of: account.person)
        try await database.attempt([throttle])
        let isGood: Bool
        switch factor {
        case .code(let code):
            guard let sealed = account.sealedSecret else { throw AuthenticationFailure.secondFactorFailed }
            let secret = try open(sealed, of: account.person)
            guard let step = TimeBasedCode.matchingStep(code, secret: secret, at: .now) else {
                throw AuthenticationFailure.secondFactorFailed
            }
            isGood = try await database.platform { tx in LoginRepository(tx).useStep(step, of: account.person) }
        case .recoveryCode(let code):
            let digest = RecoveryCode.digest(code, of: account.person)
            isGood = try await database.platform { tx in LoginRepository(tx).useRecoveryCode(digest, of: account.person) }
        }
        guard isGood else { throw AuthenticationFailure.secondFactorFailed }
        try await database.platform { tx in ThrottleRepository(tx).clear([throttle]) }
    }
}

extension Result where Failure == DomainError.Failed {
    /// The value, or the failure as an error about one field.
    func orInvalid() throws -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let failed): throw DomainError.invalid([failed.field])
        }
    }
}

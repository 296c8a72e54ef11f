import Core
import Foundation
import TestSupport
import Testing

@testable import Tenancy

/// A6, security-tests J11 to J13: logging in, and not getting in.
@Suite struct LoginTests {
    @Test("A6: address and password log in, whatever the address's case; anything else is one and the same refusal")
    func logIn() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            _ = try await people.people.ensureMember(email: "silent@example.com", name: "No password", of: merchant, role: .agent)
            let loggedIn = try await people.logIn("Owner@Example.com")
            #expect(loggedIn.tokens.person == owner)
            for (email, password) in [
                ("owner@example.com", "a wrong password"), ("owner@example.com", ""), ("nobody@example.com", TestPeople.password),
                ("silent@example.com", TestPeople.password), ("not an address", TestPeople.password), ("' or 1=1 --", TestPeople.password),
            ] {
                #expect(try await refusal { _ = try await people.logIn(email, password) } == .loginFailed, "\(email)")
            }
            // The same word, typed on another keyboard.
            try await people.people.setPassword("Pa\u{0308}ssword-lang", of: owner)
            _ = try await people.logIn("owner@example.com", "P\u{00e4}ssword-lang")
            #expect(
                try await people.tenancy.sql("select distinct action from platform.audit_log where action like 'login%'") == [
                    "login.succeeded"
                ]
            )
        }
    }

    @Test("A hash is a PHC string of argon2id with at least 19 MiB and 2 passes; one of older parameters is replaced at the next login")
    func hashes() async throws {
        try await withPeople(hasher: PasswordHasher()) { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let stored = try #require(try await people.tenancy.sql("select password_hash from platform.people").first)
            #expect(stored.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
            var old = PasswordHasher.Parameters()
            (old.memory, old.iterations) = (64, 1)
            let outdated = try await PasswordHasher(parameters: old).hash(Secret(TestPeople.password))
            #expect(outdated.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
            try await people.tenancy.platform.platform { tx in PersonRepository(tx).setPassword(outdated, of: owner) }
            _ = try await people.logIn("owner@example.com")
            #expect(
                try await people.tenancy.sql("select left(password_hash, 31) from platform.people") == ["$argon2id$v=19$m=19456,t=2,p=1$"]
            )
            _ = try await people.logIn("owner@example.com")
            // A vector of the reference implementation's own command: argon2 somesalt -id -t 2 -k 65536 -p 1 on "password".
            let vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            #expect(try await people.hasher.verify(Secret("password"), against: vector))
            #expect(try await !people.hasher.verify(Secret("passwore"), against: vector))
        }
    }

    @Test("R8: of 200 hashes at once only a few run, a bounded number waits, and the rest is told to come again")
    func flood() async throws {
        let hasher = PasswordHasher(concurrency: 2, queueLimit: 20)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { (try? await hasher.verify(Secret("password"), against: nil)) != nil } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        let served = outcomes.count { $0 }
        // Whoever came while others were being served may have had a turn as well.
        #expect(served >= 22 && served < 200, "\(served)")
        #expect(try await !hasher.verify(Secret("password"), against: nil))
    }

    @Test("J11: an unknown address, one without a password and a wrong password take the same time")
    func timing() async throws {
        try await withPeople(hasher: PasswordHasher(concurrency: 1)) { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            _ = try await people.people.ensureMember(email: "silent@example.com", name: "No password", of: merchant, role: .agent)
            let emails = ["owner@example.com", "nobody@example.com", "silent@example.com"]
            var times: [String: [Duration]] = [:]
            for round in 0..<30 {
                // In turns, so that whatever else the machine does hits all of them.
                for email in emails.shuffled() {
                    let start = ContinuousClock.now
                    #expect(try await refusal { _ = try await people.logIn(email, "wrong \(round)") } == .loginFailed)
                    times[email, default: []].append(ContinuousClock.now - start)
                }
                try await people.tenancy.sql("delete from platform.throttles returning 'x'")
            }
            let medians = emails.map { email in times[email, default: []].sorted()[15].microseconds }
            let (least, most) = (try #require(medians.min()), try #require(medians.max()))
            // A hash takes tens of milliseconds; leaving it out would make a factor of ten.
            #expect(most < least * 3 / 2, "\(medians)")
        }
    }

    @Test("J11: 200 logins each with an unknown address, one without a password and a wrong password cannot be told apart by their time")
    func ranks() async throws {
        // A hash of a tenth of the usual time hides less of what else may differ.
        var parameters = PasswordHasher.Parameters()
        (parameters.memory, parameters.iterations) = (4096, 1)
        try await withPeople(hasher: PasswordHasher(parameters: parameters, concurrency: 1)) { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            _ = try await people.people.ensureMember(email: "silent@example.com", name: "No password", of: merchant, role: .agent)
            let emails = ["owner@example.com", "nobody@example.com", "silent@example.com"]
            var times: [String: [Double]] = [:]
            for round in 0..<205 {
                for email in emails.shuffled() {
                    let start = ContinuousClock.now
                    let outcome = try await refusal { _ = try await people.logIn(email, "wrong \(round)") }
                    let time = (ContinuousClock.now - start) / Duration.milliseconds(1)
                    #expect(outcome == .loginFailed)
                    // The first ones prepare their statements.
                    if round >= 5 { times[email, default: []].append(time) }
                }
                if round % 5 == 4 { try await people.tenancy.sql("delete from platform.throttles returning 'x'") }
            }
            let known = try #require(times[emails[0]])
            for email in emails[1...] {
                let others = try #require(times[email])
                let deviation = RankTest.deviation(known, others)
                #expect(abs(deviation) < 4, "\(email): \(deviation) standard deviations, medians \(median(known)) and \(median(others)) ms")
                // What the test would find: a tenth of a hash more or less, and a path of its own of one millisecond.
                #expect(abs(RankTest.deviation(known, others.map { $0 + 1 })) > 4)
            }
        }
    }

    private func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

    @Test(
        "J12: a thousand wrong passwords from many addresses lock strangers out, and not the owner: a known browser and a new password still get in"
    )
    func lockout() async throws {
        try await withPeople(sends: true) { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            let device = try await people.logIn("owner@example.com").device.reveal()
            var refusals: [AuthenticationFailure: Int] = [:]
            for index in 0..<1000 {
                let failure = try await refusal {
                    _ = try await people.logIn("owner@example.com", "guess \(index)", from: TestPeople.browser("203.0.113.\(index % 250)"))
                }
                switch failure {
                case .throttled: refusals[.throttled(retryAfter: .zero), default: 0] += 1
                case let failure?: refusals[failure, default: 0] += 1
                case nil: Issue.record("a guess was right")
                }
            }
            #expect(refusals == [.loginFailed: 10, .throttled(retryAfter: .zero): 990])
            // The right password from an unknown browser is no longer looked at either.
            guard case .throttled(let delay) = try await refusal({ _ = try await people.logIn("owner@example.com") }) else {
                Issue.record("a stranger got in")
                return
            }
            #expect(delay > .seconds(800) && delay <= .seconds(900))
            // An unknown account behaves the same.
            var last: AuthenticationFailure?
            for index in 0..<11 { last = try await refusal { _ = try await people.logIn("nobody@example.com", "guess \(index)") } }
            guard case .throttled = last else {
                Issue.record("an unknown account is told apart")
                return
            }
            // The owner's browser is known.
            _ = try await people.logIn("owner@example.com", device: device)
            // And from any other, there is the way by e-mail.
            try await people.login.requestReset(email: "owner@example.com", by: TestPeople.browser())
            let mail = try #require(try await people.mails().last)
            let fresh = try await people.login.reset(
                token: Self.token(in: mail.email),
                password: "another long one",
                by: TestPeople.browser()
            )
            _ = try await people.logIn("owner@example.com", "another long one", device: fresh.reveal())
            // A known browser has its own limit.
            for index in 0..<10 {
                #expect(
                    try await refusal { _ = try await people.logIn("owner@example.com", "guess \(index)", device: device) } == .loginFailed
                )
            }
            guard
                case .throttled = try await refusal({ _ = try await people.logIn("owner@example.com", "another long one", device: device) })
            else {
                Issue.record("a known browser may guess for ever")
                return
            }
        }
    }

    @Test("One address may not try many accounts without end")
    func spraying() async throws {
        try await withPeople { people in
            var last: AuthenticationFailure?
            for index in 0..<101 { last = try await refusal { _ = try await people.logIn("somebody\(index)@example.com", "Summer2026!") } }
            guard case .throttled = last else {
                Issue.record("101 attempts from one address")
                return
            }
            // Of IPv6 a client owns a whole network.
            let first = TestPeople.browser("2001:db8:1:2::1"), second = TestPeople.browser("2001:db8:1:2:ffff::9"),
                third = TestPeople.browser("2001:db8:1:3::1")
            #expect(first.network == second.network)
            #expect(first.network != third.network)
        }
    }

    @Test("An address that is exhausted uses up nobody's tries, keeps no known browser out, and good logins do not exhaust it")
    func addresses() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            var device = ""
            for _ in 0..<110 { device = try await people.logIn("owner@example.com").device.reveal() }
            for index in 0..<101 { _ = try await refusal { _ = try await people.logIn("somebody\(index)@example.com", "Summer2026!") } }
            for _ in 0..<20 {
                guard case .throttled = try await refusal({ _ = try await people.logIn("owner@example.com", "a guess") }) else {
                    Issue.record("the address is not exhausted")
                    return
                }
            }
            _ = try await people.logIn("owner@example.com", device: device)
            _ = try await people.logIn("owner@example.com", from: TestPeople.browser("198.51.100.9"))
        }
    }

    @Test("A login whose password was replaced while it was being verified begins no session")
    func replacedMeanwhile() async throws {
        try await withPeople(hasher: PasswordHasher(concurrency: 1)) { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            try await withThrowingTaskGroup(of: AuthenticationFailure?.self) { group in
                // A queue before it, so that there is time.
                for _ in 0..<30 {
                    group.addTask {
                        _ = try await people.hasher.verify(Secret("somebody else's"), against: nil)
                        return .loginFailed
                    }
                }
                while people.hasher.waitingCallers < 10 { try await Task.sleep(for: .milliseconds(1)) }
                group.addTask { try await refusal { _ = try await people.logIn("owner@example.com") } }
                // Counted right after the account was read.
                while try await people.tenancy.sql("select key::text from platform.throttles").count < 2 {}
                try await people.tenancy.sql(
                    "update platform.people set password_hash = '$argon2id$v=19$m=64,t=1,p=1$another' where id = '\(owner)' returning 'x'"
                )
                for try await failure in group { #expect(failure == .loginFailed) }
            }
            #expect(try await people.tenancy.sql("select id::text from platform.sessions") == [])
        }
    }

    @Test("J13: a code counts once, from any session and at once; its neighbours by one step count, by two do not; guesses are throttled")
    func secondFactor() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let secret = try await Self.enable(people, owner)
            #expect(try await refusal { _ = try await people.logIn("owner@example.com") } == .secondFactorRequired)
            #expect(
                try await refusal { _ = try await people.logIn("owner@example.com", "wrong password", factor: .code("000000")) }
                    == .loginFailed
            )
            func code(_ offset: Int64) -> String { TimeBasedCode.code(secret, step: TimeBasedCode.step(at: .now) + offset) }
            func reset() async throws { try await people.tenancy.sql("update platform.people set totp_last_step = null returning 'x'") }
            for offset: Int64 in [-2, 2] {
                try await reset()
                #expect(
                    try await refusal { _ = try await people.logIn("owner@example.com", factor: .code(code(offset))) }
                        == .secondFactorFailed
                )
            }
            for offset: Int64 in [-1, 0, 1] {
                try await reset()
                _ = try await people.logIn("owner@example.com", factor: .code(code(offset)))
            }
            // Ten at once with one code: one gets in.
            try await reset()
            let good = code(0)
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<5 {
                    group.addTask {
                        (try? await people.logIn("owner@example.com", factor: .code(good), from: TestPeople.browser("192.0.2.\(index)")))
                            != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(outcomes == 1)
            #expect(try await refusal { _ = try await people.logIn("owner@example.com", factor: .code(good)) } == .secondFactorFailed)
            // Guesses.
            try await people.tenancy.sql("delete from platform.throttles returning 'x'")
            var failed = 0
            for index in 0..<10 {
                if try await refusal({ _ = try await people.logIn("owner@example.com", factor: .code("00000\(index)")) })
                    == .secondFactorFailed
                {
                    failed += 1
                }
            }
            #expect(failed == 6)
        }
    }

    @Test("Recovery codes count once each; turning the second factor off needs the password and a code")
    func recovery() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let (secret, codes) = try await Self.enableWithCodes(people, owner)
            #expect(Set(codes).count == 10)
            _ = try await people.logIn("owner@example.com", factor: .recoveryCode(codes[0].lowercased().replacing("-", with: " ")))
            #expect(
                try await refusal { _ = try await people.logIn("owner@example.com", factor: .recoveryCode(codes[0])) }
                    == .secondFactorFailed
            )
            _ = try await people.logIn("owner@example.com", factor: .recoveryCode(codes[1]))
            #expect(
                try await domainError {
                    try await people.login.removeSecondFactor(
                        of: owner,
                        password: "wrong",
                        factor: .recoveryCode(codes[2]),
                        keeping: nil,
                        by: TestPeople.browser()
                    )
                } == "validation_failed"
            )
            #expect(
                try await domainError { _ = try await people.login.proposeSecondFactor(for: owner, password: TestPeople.password) }
                    == "conflict"
            )
            try await people.tenancy.sql("update platform.people set totp_last_step = null returning 'x'")
            try await people.login.removeSecondFactor(
                of: owner,
                password: TestPeople.password,
                factor: .code(TimeBasedCode.code(secret, step: TimeBasedCode.step(at: .now))),
                keeping: nil,
                by: TestPeople.browser()
            )
            _ = try await people.logIn("owner@example.com")
            // The database has no secret in the clear: neither the shared one nor a code.
            #expect(try await people.tenancy.sql("select count(*)::text from platform.recovery_codes") == ["0"])
        }
    }

    @Test("RFC 6238: the codes of its appendix B, at six digits")
    func vectors() {
        let secret = Array("12345678901234567890".utf8)
        for (seconds, code) in [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            #expect(TimeBasedCode.code(secret, step: Int64(seconds) / 30) == code)
        }
        #expect(TimeBasedCode.base32(Array("foobar".utf8)) == "MZXW6YTBOI")
    }

    @Test("Passwords are long and not the first that anybody would try")
    func rules() {
        func code(_ password: String, email: String? = nil) -> String? {
            if case .failure(let failed) = PasswordRules.checked(password, at: "/password", email: email) { failed.field.code } else { nil }
        }
        #expect(code("short") == "too_short")
        #expect(code(String(repeating: "long", count: 33)) == "too_long")
        #expect(code("Password123") == "too_common")
        #expect(code("aaaaaaaaaaaa") == "too_common")
        #expect(code("layla-is-here", email: "layla@example.com") == "too_common")
        #expect(code("مطعم النخيل الكبير") == nil)
        #expect(code("nine chars plus") == nil)
    }

    // MARK: -

    static func token(in email: Email) -> String {
        String(email.text.split(separator: "#token=")[1].prefix { !$0.isWhitespace })
    }

    static func enable(_ people: TestPeople, _ person: PersonID) async throws -> [UInt8] {
        try await enableWithCodes(people, person).secret
    }

    static func enableWithCodes(_ people: TestPeople, _ person: PersonID) async throws -> (secret: [UInt8], codes: [String]) {
        _ = try await people.login.proposeSecondFactor(for: person, password: TestPeople.password)
        // Proposed is not set.
        #expect(try await people.people.find(person).0.hasSecondFactor == false)
        let account = try #require(try await people.tenancy.platform.platform { tx in LoginRepository(tx).account(person) })
        let sealed = try #require(account.sealedSecret)
        let secret = try people.tenancy.box.open(sealed, at: LoginService.place(person))
        #expect(
            try await domainError {
                _ = try await people.login.confirmSecondFactor(for: person, code: "x", keeping: nil, by: TestPeople.browser())
            } == "validation_failed"
        )
        let code = TimeBasedCode.code(secret, step: TimeBasedCode.step(at: .now))
        let codes = try await people.login.confirmSecondFactor(for: person, code: code, keeping: nil, by: TestPeople.browser())
        #expect(try await people.people.find(person).0.hasSecondFactor)
        return (secret, codes)
    }
}

extension AuthenticationFailure: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine("\(self)")
    }
}

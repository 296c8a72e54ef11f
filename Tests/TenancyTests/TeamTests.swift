import Core
import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import Tenancy

/// A7, security-tests J14: who belongs to a restaurant, and the links by which one joins or gets a new password.
@Suite struct TeamTests {
    private let someone = TestPeople.browser()

    @Test("A7: an invitation is for one address, once, within 72 hours; the person is made by it")
    func invitation() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = Tenancy.Actor(.session, person: try await people.member("owner@example.com", of: merchant))
            let made = try await people.invitations.invite("New@Example.com", to: merchant, role: .manager, by: owner)
            let link = try #require(made.link?.reveal())
            #expect(link.hasPrefix("\(TestPeople.issuer)/invite#token=mtr_inv_"))
            let token = String(link.split(separator: "#token=")[1])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.invitations where hash = '\(token)'::bytea") == ["0"])
            let offer = try await people.invitations.inspect(token: token, by: someone)
            #expect(offer.email == "new@example.com")
            #expect(offer.restaurantName == "One")
            #expect(offer.hasPassword == false)
            #expect(offer.expiresAt - made.invitation.createdAt < .seconds(72 * 3600 + 60))
            // Bad input uses nothing up.
            #expect(
                try await domainError { _ = try await people.invitations.accept(token: token, name: "New", password: "short", by: someone) }
                    == "validation_failed"
            )
            #expect(
                try await domainError {
                    _ = try await people.invitations.accept(token: token, name: nil, password: TestPeople.password, by: someone)
                }
                    == "validation_failed"
            )
            // Ten at once: one person, one acceptance.
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        (try? await people.invitations.accept(token: token, name: "New", password: TestPeople.password, by: someone)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(accepted == 1)
            for bad in [
                token, token.dropLast() + "0", "", "mtr_inv_", TokenFormat.generate(.invitation).reveal(),
                TokenFormat.generate(.passwordReset).reveal(),
            ] {
                #expect(
                    try await domainError { _ = try await people.invitations.inspect(token: String(bad), by: someone) } == "link_invalid"
                )
            }
            let tokens = try await people.logIn("new@example.com").tokens
            #expect(try await people.principal(tokens, at: merchant).role == .manager)
            #expect(
                try await people.tenancy.sql(
                    "select action from platform.audit_log where merchant_id = '\(merchant)' and action like 'inv%' order by id"
                )
                    == ["invitation.created", "invitation.accepted"]
            )
        }
    }

    @Test("J14: an invitation that is too old, withdrawn or replaced opens nothing")
    func deadLinks() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let other = try await people.tenancy.merchant("Two")
            func invite() async throws -> (InvitationID, String) {
                let made = try await people.invitations.invite("new@example.com", to: merchant, role: .agent, by: TestTenancy.actor)
                return (made.invitation.id, String(try #require(made.link?.reveal()).split(separator: "#token=")[1]))
            }
            func isOpen(_ token: String) async throws -> Bool {
                try await domainError { _ = try await people.invitations.inspect(token: token, by: someone) } == nil
            }
            let (_, first) = try await invite()
            let (second, replaced) = try await invite()
            #expect(try await !isOpen(first))
            #expect(try await isOpen(replaced))
            // Another restaurant cannot withdraw it.
            #expect(try await domainError { try await people.invitations.revoke(second, of: other, by: TestTenancy.actor) } == "not_found")
            try await people.invitations.revoke(second, of: merchant, by: TestTenancy.actor)
            #expect(
                try await domainError { try await people.invitations.revoke(second, of: merchant, by: TestTenancy.actor) } == "not_found"
            )
            #expect(try await !isOpen(replaced))
            let (_, old) = try await invite()
            try await people.tenancy.sql("update platform.invitations set expires_at = now() - interval '1 second' returning 'x'")
            #expect(try await !isOpen(old))
            #expect(try await people.invitations.page(of: merchant, after: nil, limit: 10).0.isEmpty)
        }
    }

    @Test("A7: one person in several restaurants; whoever has an account accepts with its password, and keeps it")
    func severalRestaurants() async throws {
        try await withPeople { people in
            let (one, two) = (try await people.tenancy.merchant("One"), try await people.tenancy.merchant("Two"))
            let person = try await people.member("layla@example.com", of: one)
            let made = try await people.invitations.invite("layla@example.com", to: two, role: .agent, by: TestTenancy.actor)
            let token = String(try #require(made.link?.reveal()).split(separator: "#token=")[1])
            #expect(try await people.invitations.inspect(token: token, by: someone).hasPassword)
            #expect(
                try await refusal {
                    _ = try await people.invitations.accept(token: token, name: "Thief", password: "some other password", by: someone)
                }
                    == .loginFailed
            )
            let accepted = try await people.invitations.accept(token: token, name: nil, password: TestPeople.password, by: someone)
            #expect(accepted.person == person)
            let (me, memberships) = try await people.people.find(person)
            #expect(me.name == "Name of layla@example.com")
            #expect(memberships.map(\.role) == [.owner, .agent])
            #expect(
                try await domainError {
                    _ = try await people.invitations.invite("layla@example.com", to: two, role: .owner, by: TestTenancy.actor)
                }
                    == "already_member"
            )
        }
    }

    @Test("A7: a restaurant keeps an owner, also when two step down at the same moment; nobody changes their own role")
    func lastOwner() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let first = try await people.member("first@example.com", of: merchant)
            let second = try await people.member("second@example.com", of: merchant)
            let (one, two) = (Tenancy.Actor(.session, person: first), Tenancy.Actor(.session, person: second))
            #expect(try await domainError { _ = try await people.team.setRole(.agent, of: first, at: merchant, by: one) } == "forbidden")
            for _ in 0..<10 {
                async let a = domainError { _ = try await people.team.setRole(.agent, of: second, at: merchant, by: one) }
                async let b = domainError { try await people.team.remove(first, from: merchant, by: one) }
                let outcomes = try await [a, b]
                #expect(Set(outcomes) == [nil, "last_owner"])
                #expect(
                    try await people.tenancy.sql(
                        "select count(*)::text from platform.memberships where merchant_id = '\(merchant)' and role = 'owner'"
                    )
                        == ["1"]
                )
                try await people.tenancy.sql("update platform.memberships set role = 'owner' returning 'x'")
                _ = try await people.people.ensureMember(email: "first@example.com", name: "First", of: merchant, role: .owner)
            }
            _ = try await people.team.setRole(.manager, of: first, at: merchant, by: two)
            #expect(try await domainError { try await people.team.remove(second, from: merchant, by: two) } == "last_owner")
            // What was refused left no line in the log.
            let changes = try await people.tenancy.sql(
                "select count(*)::text from platform.audit_log where action in ('member.role_changed', 'member.removed')"
            )
            #expect(changes == ["11"])
            let elsewhere = try await people.tenancy.merchant("Two")
            #expect(try await domainError { _ = try await people.team.setRole(.agent, of: first, at: elsewhere, by: two) } == "not_found")
        }
    }

    @Test("Administrators of the installation join by invitation and are removed by another")
    func admins() async throws {
        try await withPeople { people in
            for email in ["one@example.com", "two@example.com"] {
                let made = try await people.invitations.invite(email, to: nil, role: nil, by: TestTenancy.actor)
                let token = String(try #require(made.link?.reveal()).split(separator: "#token=")[1])
                _ = try await people.invitations.accept(token: token, name: email, password: TestPeople.password, by: someone)
            }
            let admins = try await people.team.admins()
            #expect(admins.map(\.email) == ["one@example.com", "two@example.com"])
            let actor = Tenancy.Actor(.session, person: admins[0].person)
            #expect(try await domainError { try await people.team.removeAdmin(admins[0].person, by: actor) } == "forbidden")
            try await people.team.removeAdmin(admins[1].person, by: actor)
            #expect(try await domainError { try await people.team.removeAdmin(admins[1].person, by: actor) } == "not_found")
        }
    }

    @Test("An invitation ends with its inviter's right to make it: on leaving and on another role")
    func inviterGone() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = Tenancy.Actor(.session, person: try await people.member("owner@example.com", of: merchant))
            let ends: [(PersonID) async throws -> Void] = [
                { try await people.team.remove($0, from: merchant, by: owner) },
                { _ = try await people.team.setRole(.manager, of: $0, at: merchant, by: owner) },
            ]
            for (index, end) in ends.enumerated() {
                let other = try await people.member("other\(index)@example.com", of: merchant)
                let made = try await people.invitations.invite(
                    "sleeper@example.com",
                    to: merchant,
                    role: .owner,
                    by: Tenancy.Actor(.session, person: other)
                )
                let token = try Self.token(made)
                _ = try await people.invitations.inspect(token: token, by: someone)
                try await end(other)
                #expect(try await domainError { _ = try await people.invitations.inspect(token: token, by: someone) } == "link_invalid")
            }
        }
    }

    @Test("Two links of one new address at once: one password, and whoever chose the other has to prove that one")
    func acceptedAtOnce() async throws {
        try await withPeople { people in
            let (one, two) = (try await people.tenancy.merchant("One"), try await people.tenancy.merchant("Two"))
            for round in 0..<8 {
                let email = "new\(round)@example.com"
                let tokens = [
                    try Self.token(await people.invitations.invite(email, to: one, role: .agent, by: TestTenancy.actor)),
                    try Self.token(await people.invitations.invite(email, to: two, role: .agent, by: TestTenancy.actor)),
                ]
                let outcomes = try await withThrowingTaskGroup(of: (Int, AuthenticationFailure?).self) { group in
                    for (index, token) in tokens.enumerated() {
                        group.addTask {
                            let failure = try await refusal {
                                _ = try await people.invitations.accept(
                                    token: token,
                                    name: "New",
                                    password: "password number \(index)",
                                    by: someone
                                )
                            }
                            return (index, failure)
                        }
                    }
                    return try await group.reduce(into: [Int: AuthenticationFailure?]()) { $0[$1.0] = $1.1 }
                }
                let winners = outcomes.filter { $0.value == nil }.keys
                #expect(winners.count == 1 && outcomes.values.contains(.loginFailed))
                let winner = try #require(winners.first)
                let person = try await people.logIn(email, "password number \(winner)").tokens.person
                #expect(try await people.people.find(person).1.map(\.restaurant) == [[one, two][winner]])
            }
        }
    }

    @Test("A link that was shown sets no password of an account that is there; one that came by e-mail does", arguments: [false, true])
    func noPasswordYet(sends: Bool) async throws {
        try await withPeople(sends: sends) { people in
            let (one, two) = (try await people.tenancy.merchant("One"), try await people.tenancy.merchant("Two"))
            _ = try await people.people.ensureMember(email: "anna@example.com", name: "Anna", of: one, role: .owner)
            let made = try await people.invitations.invite("anna@example.com", to: two, role: .agent, by: TestTenancy.actor)
            let token = sends ? LoginTests.token(in: try #require(try await people.mails().last).email) : try Self.token(made)
            let outcome = try await domainError {
                _ = try await people.invitations.accept(token: token, name: "Thief", password: TestPeople.password, by: someone)
            }
            #expect(outcome == (sends ? nil : "conflict"))
            #expect((try await refusal { _ = try await people.logIn("anna@example.com") } == nil) == sends)
        }
    }

    @Test("Administrators among themselves keep one; a platform key may remove the last")
    func lastAdmin() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let admin = try await people.member("admin@example.com", of: merchant)
            let other = try await people.member("other@example.com", of: merchant)
            try await people.tenancy.sql("update platform.people set is_platform_admin = true where id = '\(admin)' returning 'x'")
            let person = Tenancy.Actor(.platformAdmin, person: other)
            #expect(try await domainError { try await people.team.removeAdmin(admin, by: person) } == "conflict")
            try await people.team.removeAdmin(admin, by: Tenancy.Actor(.platformKey))
            #expect(try await people.team.admins().isEmpty)
        }
    }

    private static func token(_ made: InvitationService.Made) throws -> String {
        String(try #require(made.link?.reveal()).split(separator: "#token=")[1])
    }

    @Test("J14 R11: a link for a new password is good once, for an hour, ends every session, and nobody can have many sent")
    func reset() async throws {
        try await withPeople(sends: true) { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let tokens = try await people.logIn("owner@example.com").tokens
            try await people.login.requestReset(email: "OWNER@example.com", by: someone)
            try await people.login.requestReset(email: "owner@example.com", by: someone)
            try await people.login.requestReset(email: "nobody@example.com", by: someone)
            let mails = try await people.mails()
            #expect(mails.map(\.recipient) == ["owner@example.com", "owner@example.com"])
            let (first, second) = (LoginTests.token(in: mails[0].email), LoginTests.token(in: mails[1].email))
            #expect(mails[0].email.text.contains("\(TestPeople.issuer)/reset#token=\(first)"))
            #expect(
                try await domainError { _ = try await people.login.reset(token: first, password: "short", by: someone) }
                    == "validation_failed"
            )
            _ = try await people.login.reset(token: first, password: "another long one", by: someone)
            for used in [first, second, "", TokenFormat.generate(.passwordReset).reveal(), TokenFormat.generate(.invitation).reveal()] {
                #expect(
                    try await domainError { _ = try await people.login.reset(token: used, password: "yet another long one", by: someone) }
                        == "link_invalid"
                )
            }
            #expect(
                try await refusal { _ = try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser()) }
                    == .invalidCredential
            )
            _ = try await people.logIn("owner@example.com", "another long one")
            _ = owner
            // Too old.
            try await people.login.requestReset(email: "owner@example.com", by: someone)
            try await people.tenancy.sql(
                "update platform.password_resets set expires_at = now() - interval '1 second' where used_at is null returning 'x'"
            )
            let late = LoginTests.token(in: try #require(try await people.mails().last).email)
            #expect(
                try await domainError { _ = try await people.login.reset(token: late, password: "yet another long one", by: someone) }
                    == "link_invalid"
            )
            // The fourth within an hour, for the known and the unknown alike.
            for email in ["owner@example.com", "nobody@example.com"] {
                var last: AuthenticationFailure?
                for _ in 0..<4 {
                    last = try await refusal {
                        try await people.login.requestReset(email: email, by: TestPeople.browser("198.51.100.\(email.count)"))
                    }
                }
                guard case .throttled = last else {
                    Issue.record("\(email) gets as many e-mails as somebody asks for")
                    return
                }
            }
        }
    }

    @Test(
        "A5: a new password by a link revokes the personal access tokens of this person and nobody else's; another password by the old one does not"
    )
    func resetTokens() async throws {
        try await withPeople(sends: true) { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let other = try await people.member("other@example.com", of: merchant)
            let credentials = people.tenancy.credentials
            func token(of person: PersonID) async throws -> PresentedCredential {
                try #require(
                    PresentedCredential(
                        try await credentials.createPersonalAccessToken(for: person, name: "x", by: TestTenancy.actor).reveal()
                    )
                )
            }
            func isGood(_ token: PresentedCredential) async throws -> Bool {
                // A node that has just begun remembers nothing.
                try await refusal { _ = try await people.tenancy.authenticator().authenticate(token, restaurant: merchant) } == nil
            }
            let (first, second, others) = (try await token(of: owner), try await token(of: owner), try await token(of: other))
            let key = try #require(
                PresentedCredential(try await credentials.createPlatformKey(name: "root", by: TestTenancy.actor).reveal())
            )
            try await people.login.changePassword(
                of: owner,
                from: TestPeople.password,
                to: "another long one",
                keeping: nil,
                by: Tenancy.Actor(.session, person: owner)
            )
            for token in [first, second, others, key] { #expect(try await isGood(token)) }
            try await people.login.requestReset(email: "owner@example.com", by: someone)
            let link = LoginTests.token(in: try #require(try await people.mails().last).email)
            // Bad input changes nothing.
            #expect(
                try await domainError { _ = try await people.login.reset(token: link, password: "short", by: someone) }
                    == "validation_failed"
            )
            #expect(try await isGood(first))
            _ = try await people.login.reset(token: link, password: "yet another long one", by: someone)
            #expect(try await !isGood(first))
            #expect(try await !isGood(second))
            #expect(try await isGood(others))
            #expect(try await isGood(key))
            #expect(try await isGood(try await token(of: owner)))
        }
    }

    @Test("A5: a session that has just ended makes and rolls no more tokens, although a node may take it for good a moment longer")
    func endedSession() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let credentials = people.tenancy.credentials
            let session = CredentialID.new()
            _ = try await people.tenancy.sql(
                """
                insert into platform.sessions (id, person_id, expires_at, idle_expires_at)
                values ('\(session)', '\(owner)', now() + interval '1 day', now() + interval '1 day') returning ''
                """
            )
            let principal = Principal(kind: .person(owner), credential: session, merchant: merchant, scopes: Set(Scope.all))
            let actor = Tenancy.Actor(.session, credential: session, person: owner)
            let input = CredentialIn(name: "x", scopes: [Scope.botsRead], expiresAt: nil)
            let made = try await credentials.create(input, for: .person(owner), as: principal, by: actor)
            _ = try await people.tenancy.sql("update platform.sessions set revoked_at = now(), revoked_reason = 'logout' returning ''")
            let before = try await people.tenancy.sql("select count(*)::text from platform.credentials")
            await #expect(throws: (any Error).self) {
                _ = try await credentials.create(input, for: .person(owner), as: principal, by: actor)
            }
            await #expect(throws: (any Error).self) {
                _ = try await credentials.roll(made.credential.id, of: .person(owner), overlap: .zero, as: principal, by: actor)
            }
            #expect(try await people.tenancy.sql("select count(*)::text from platform.credentials") == before)
        }
    }

    @Test("J14: an invitation to a restaurant that is closed or has ended opens nothing; reactivated in time it is good again")
    func closedRestaurant() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = Tenancy.Actor(.session, person: try await people.member("owner@example.com", of: merchant))
            func invite(_ email: String) async throws -> String {
                let made = try await people.invitations.invite(email, to: merchant, role: .agent, by: owner)
                return String(try #require(made.link?.reveal()).split(separator: "#token=")[1])
            }
            func accept(_ token: String) async throws {
                _ = try await people.invitations.accept(token: token, name: "New", password: TestPeople.password, by: someone)
            }
            func isRefused(_ token: String) async throws -> Bool {
                let looked = try await domainError { _ = try await people.invitations.inspect(token: token, by: someone) }
                let taken = try await domainError { try await accept(token) }
                return looked == "link_invalid" && taken == "link_invalid"
            }
            let (first, second) = (try await invite("first@example.com"), try await invite("second@example.com"))
            let merchants = people.tenancy.merchants
            _ = try await merchants.close(merchant, graceDays: 30, by: TestTenancy.actor)
            #expect(try await isRefused(first))
            _ = try await merchants.reactivate(merchant, by: TestTenancy.actor)
            try await accept(first)
            // Suspended is not closed: its people come in when it is active again.
            _ = try await merchants.suspend(merchant, reason: nil, by: TestTenancy.actor)
            #expect(try await people.invitations.inspect(token: second, by: someone).restaurantName == "One")
            // Somebody who has looked at the offer before it ended.
            _ = try await merchants.close(merchant, graceDays: 0, by: TestTenancy.actor)
            #expect(try await isRefused(second))
            let digest = PresentedCredential.digest(of: second)
            let missed = await postgresFailure {
                _ = try await people.tenancy.platform.platform { tx in
                    InvitationRepository(tx).accept(digest, email: "second@example.com", person: .new(), name: "New", passwordHash: "x")
                }
            }
            #expect(missed?.isRefusedChange == true)
            #expect(try await people.tenancy.sql("select count(*)::text from platform.people where email = 'second@example.com'") == ["0"])
            // That of the installation has no restaurant that could end.
            let made = try await people.invitations.invite("admin@example.com", to: nil, role: nil, by: TestTenancy.actor)
            try await accept(String(try #require(made.link?.reveal()).split(separator: "#token=")[1]))
        }
    }

    @Test("Old sessions, links and counts are deleted; what is still good stays")
    func maintenance() async throws {
        try await withPeople(sends: true) { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            _ = try await people.logIn("owner@example.com")
            let tokens = try await people.logIn("owner@example.com").tokens
            _ = try await refusal { _ = try await people.logIn("owner@example.com", "wrong password") }
            _ = try await people.invitations.invite("new@example.com", to: merchant, role: .agent, by: TestTenancy.actor)
            try await people.tenancy.sql(
                "update platform.sessions set expires_at = now() - interval '31 days' where id <> '\(tokens.session)' returning 'x'"
            )
            try await people.tenancy.sql("update platform.throttles set resets_at = now() - interval '2 hours' returning 'x'")
            let maintenance = PeopleMaintenance(database: people.tenancy.platform, logger: .init(label: "test"))
            try await maintenance.clean()
            #expect(try await people.tenancy.sql("select id::text from platform.sessions") == [tokens.session.description])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.refresh_tokens") == ["1"])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.throttles") == ["0"])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.emails") == ["1"])
            try await people.tenancy.sql("update platform.emails set expires_at = now() - interval '1 second' returning 'x'")
            try await maintenance.clean()
            #expect(try await people.tenancy.sql("select count(*)::text from platform.emails") == ["0"])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.invitations") == ["1"])
        }
    }
}

import Core
import Foundation
import Testing

@testable import Tenancy

/// A6, security-tests J8 and J9: refresh tokens are used once, and what ends a session ends it at once.
@Suite struct SessionTests {
    @Test(
        "A6: a refresh gives new tokens of the same session; the old refresh token is of no use from another device, and ends the session"
    )
    func reuse() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            let first = try await people.logIn("owner@example.com").tokens
            let second = try await people.sessions.refresh(first.refreshToken.reveal(), by: TestPeople.browser())
            #expect(second.session == first.session)
            #expect(second.refreshToken != first.refreshToken)
            #expect(try await people.principal(second, at: merchant).role == .owner)
            // J8: inside the leeway, from elsewhere.
            for thief in [TestPeople.browser("198.51.100.7"), TestPeople.browser("192.0.2.1", "Other browser")] {
                #expect(try await refusal { _ = try await people.sessions.refresh(first.refreshToken.reveal(), by: thief) } != nil)
            }
            // The whole family is gone.
            #expect(
                try await refusal { _ = try await people.sessions.refresh(second.refreshToken.reveal(), by: TestPeople.browser()) }
                    == .invalidCredential
            )
            #expect(try await people.tenancy.sql("select revoked_reason from platform.sessions") == ["token_reuse"])
            #expect(
                try await people.tenancy.sql("select action || ' ' || outcome from platform.audit_log where action like 'session.token%'")
                    == ["session.token_reused refused"]
            )
        }
    }

    @Test("J8: two refreshes at once, and a repetition within seconds by the same device, get the same one successor")
    func parallel() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            let tokens = try await people.logIn("owner@example.com").tokens
            let successors = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser()).refreshToken.reveal()
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            #expect(try await people.tenancy.sql("select count(*)::text from platform.refresh_tokens") == ["2"])
            #expect(try await people.tenancy.sql("select count(*)::text from platform.sessions where revoked_at is null") == ["1"])
        }
    }

    @Test("J8: after the leeway the same device's repetition ends the session too")
    func late() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            let tokens = try await people.logIn("owner@example.com").tokens
            _ = try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser())
            try await people.tenancy.sql("update platform.refresh_tokens set rotated_at = rotated_at - interval '11 seconds' returning 'x'")
            #expect(
                try await refusal { _ = try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser()) }
                    == .tokenReused
            )
        }
    }

    @Test("A6: a session ends after 7 days without a refresh and after 30 in any case")
    func ends() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("owner@example.com", of: merchant)
            let tokens = try await people.logIn("owner@example.com").tokens
            #expect(
                try await people.tenancy.sql(
                    "select (expires_at - created_at between '29 days 23:59' and '30 days 00:01' and idle_expires_at - created_at between '6 days 23:59' and '7 days 00:01')::text from platform.sessions"
                ) == ["true"]
            )
            for column in ["idle_expires_at", "expires_at"] {
                try await people.tenancy.sql("update platform.sessions set \(column) = now() - interval '1 second' returning 'x'")
                #expect(
                    try await refusal { _ = try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser()) }
                        == .invalidCredential
                )
                try await people.tenancy.sql("update platform.sessions set \(column) = now() + interval '1 day' returning 'x'")
            }
            // It was never used up meanwhile.
            _ = try await people.sessions.refresh(tokens.refreshToken.reveal(), by: TestPeople.browser())
        }
    }

    @Test("J9: after logout, revocation, another password or removal an access token is refused within a second, on every node")
    func revocation() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let actor = TestPeople.browser()
            // Another node with a memory of its own.
            let other = SessionAuthenticator(ring: people.ring, database: people.tenancy.platform) { _ in true }
            let keeping = Task { try await other.run() }
            defer { keeping.cancel() }
            let ends: [(String, (SessionTokens) async throws -> Void)] = [
                ("logout", { try await people.sessions.logOut(refreshToken: $0.refreshToken.reveal(), by: actor) }),
                ("revoked", { try await people.sessions.revoke($0.session, of: owner, by: actor) }),
                ("others revoked", { _ in try await people.sessions.revokeOthers(than: nil, of: owner, by: actor) }),
                (
                    "password",
                    { _ in
                        try await people.login.changePassword(
                            of: owner,
                            from: TestPeople.password,
                            to: TestPeople.password + "!",
                            keeping: nil,
                            by: actor
                        )
                        try await people.people.setPassword(TestPeople.password, of: owner)
                    }
                ),
                (
                    "disabled",
                    { _ in
                        try await people.tenancy.sql("update platform.people set disabled_at = now() where id = '\(owner)' returning 'x'")
                    }
                ),
            ]
            for (name, end) in ends {
                let tokens = try await people.logIn("owner@example.com").tokens
                let token = try #require(SessionToken(tokens.accessToken.reveal()))
                #expect(try await other.authenticate(token, restaurant: merchant).role == .owner)
                try await end(tokens)
                let start = ContinuousClock.now
                while (try? await other.authenticate(token, restaurant: merchant)) != nil, ContinuousClock.now - start < .seconds(3) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                let took = ContinuousClock.now - start
                #expect(took <= .milliseconds(1100), "\(name): \(took)")
            }
        }
    }

    @Test("A7: another role counts within a second, and a removed member is out")
    func roles() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            let owner = try await people.member("owner@example.com", of: merchant)
            let agent = try await people.member("agent@example.com", of: merchant, .agent)
            let tokens = try await people.logIn("agent@example.com").tokens
            #expect(try await people.principal(tokens, at: merchant).role == .agent)
            let actor = Tenancy.Actor(.session, person: owner)
            _ = try await people.team.setRole(.manager, of: agent, at: merchant, by: actor)
            try await Task.sleep(for: .milliseconds(1050))
            #expect(try await people.principal(tokens, at: merchant).role == .manager)
            try await people.team.remove(agent, from: merchant, by: actor)
            try await Task.sleep(for: .milliseconds(1050))
            #expect(try await refusal { _ = try await people.principal(tokens, at: merchant) } == .restaurantForbidden)
            // Still logged in, with nothing to see.
            #expect(try await people.principal(tokens).merchant == nil)
        }
    }

    @Test("An administrator of the installation has every restaurant")
    func admin() async throws {
        try await withPeople { people in
            let merchant = try await people.tenancy.merchant("One")
            _ = try await people.member("admin@example.com", of: merchant, .agent)
            try await people.tenancy.sql("update platform.people set is_platform_admin = true returning 'x'")
            let tokens = try await people.logIn("admin@example.com").tokens
            let elsewhere = try await people.tenancy.merchant("Two")
            let principal = try await people.principal(tokens, at: elsewhere)
            #expect(principal.isPlatformAdmin)
            #expect(principal.role == .owner)
            #expect(principal.scopes.contains(Scope.admin))
        }
    }
}

import Core
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tenancy

/// A3–A5: keys and tokens, what makes them, and what ends them.
@Suite struct CredentialTests {
    private static let actor = TestTenancy.actor

    private static func principal(_ issued: IssuedCredential, _ kind: Principal.Kind, of merchant: MerchantID?) -> Principal {
        Principal(kind: kind, credential: issued.credential.id, merchant: merchant, scopes: Set(issued.credential.scopes))
    }

    private static func root(_ tenancy: TestTenancy) async throws -> Principal {
        let presented = try #require(
            PresentedCredential(try await tenancy.credentials.createPlatformKey(name: "root", by: actor).reveal())
        )
        return try await tenancy.authenticator().authenticate(presented, restaurant: nil)
    }

    @Test("A4: a key is stored as its SHA-256 only, and shows everything else")
    func stored() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let end = Timestamp(unixSeconds: Timestamp.now.unixSeconds + 3600)
            let issued = try await tenancy.credentials.create(
                CredentialIn(name: " till ", scopes: [Scope.botsRead], expiresAt: end),
                for: .merchant(mine),
                as: root,
                by: Actor(.platformKey, credential: root.credential)
            )
            let token = issued.token.reveal()
            let found = try await tenancy.credentials.find(issued.credential.id, of: .merchant(mine))
            #expect(found == issued.credential)
            #expect(found.name == "till" && found.prefix == "mtr_live_" && token.hasSuffix(found.lastFour))
            #expect(found.expiresAt == end && found.status() == .active && found.lastUsedAt == nil)
            #expect(found.createdBy == .init(kind: .platformKey, credential: root.credential, person: nil))
            let rows = try await tenancy.sql("select to_jsonb(c)::text || encode(c.hash, 'escape') from platform.credentials c")
            #expect(rows.allSatisfy { !$0.contains(token.dropFirst(9).prefix(30)) })
            let entries = try await tenancy.audit.page(of: mine, limit: 10).entries
            #expect(entries.first?.action == .credentialCreated)
            let details = String(decoding: entries.first?.details.bytes ?? [], as: UTF8.self)
            #expect(details.contains(Scope.botsRead) && !details.contains(token.suffix(12)))
        }
    }

    @Test("A4: credentials of one owner are absent for every other: to find, list, roll and revoke")
    func owners() async throws {
        try await withTenancy { tenancy in
            let root = try await Self.root(tenancy)
            let (mine, other) = (try await tenancy.merchant("Mine"), try await tenancy.merchant("Other"))
            let person = try await tenancy.people.ensureMember(email: "a@b.example", name: "A", of: mine, role: .owner)
            let owners: [CredentialOwner] = [.merchant(mine), .merchant(other), .person(person), .person(.new()), .platform]
            var made: [CredentialOwner: CredentialID] = [:]
            for owner in owners where owner != owners[3] {
                let scopes = owner == .platform ? Scope.platform : [Scope.botsRead]
                made[owner] = try await tenancy.credentials.create(.init(name: "x", scopes: scopes), for: owner, as: root, by: Self.actor)
                    .credential.id
            }
            for owner in owners {
                let listed = try await tenancy.credentials.page(of: owner, before: nil, limit: 100).credentials.map(\.id)
                #expect(listed.filter { $0 != root.credential } == [made[owner]].compactMap { $0 })
                for (holder, id) in made where holder != owner {
                    await #expect(throws: DomainError.notFound("credential")) { try await tenancy.credentials.find(id, of: owner) }
                    await #expect(throws: DomainError.notFound("credential")) {
                        try await tenancy.credentials.revoke(id, of: owner, by: Self.actor)
                    }
                    await #expect(throws: DomainError.notFound("credential")) {
                        try await tenancy.credentials.roll(id, of: owner, overlap: .zero, as: root, by: Self.actor)
                    }
                }
            }
            for (holder, id) in made { #expect(try await tenancy.credentials.find(id, of: holder).status() == .active) }
        }
    }

    @Test("A4: pages are newest first and whole, and read by an index")
    func pages() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            var made: [CredentialID] = []
            for number in 0..<12 {
                made.append(
                    try await tenancy.credentials.create(
                        .init(name: "key \(number)", scopes: [Scope.botsRead]),
                        for: .merchant(mine),
                        as: root,
                        by: Self.actor
                    ).credential.id
                )
            }
            var read: [CredentialID] = []
            var before: CredentialID?
            repeat {
                let (page, next) = try await tenancy.credentials.page(of: .merchant(mine), before: before, limit: 5)
                read += page.map(\.id)
                before = next
            } while before != nil
            #expect(read == made.reversed())
            let plan = try await tenancy.platformClient.run { segment in
                segment.append(
                    Statement(
                        unescaped:
                            "explain select id from platform.credentials where kind = 'merchant_key' and merchant_id = '\(mine)' and id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' order by id desc limit 26"
                    )
                ) { rows in try rows.map { row in try row.next(String.self) } }
            }
            .joined(separator: "\n")
            #expect(plan.contains("Index") && !plan.contains("Seq Scan") && !plan.contains("Sort"), "\(plan)")
        }
    }

    @Test("A5: nothing makes a credential with more scopes or a longer life than its own; the scopes that lack are named")
    func neverWider() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let owner = CredentialOwner.merchant(mine)
            let end = Timestamp(unixSeconds: Timestamp.now.unixSeconds + 3600)
            let narrow = try await tenancy.credentials.create(
                .init(name: "narrow", scopes: [Scope.keysManage, Scope.botsRead], expiresAt: end),
                for: owner,
                as: root,
                by: Self.actor
            )
            let wide = try await tenancy.credentials.create(.init(name: "wide", scopes: Scope.all), for: owner, as: root, by: Self.actor)
            let asking = Self.principal(narrow, .merchantKey, of: mine)
            let refused = await Self.domainError {
                _ = try await tenancy.credentials.create(
                    .init(name: "x", scopes: [Scope.botsRead, Scope.messagesSend, Scope.auditRead]),
                    for: owner,
                    as: asking,
                    by: Self.actor
                )
            }
            #expect(refused?.kind == .forbidden)
            #expect(refused?.message.contains("audit:read, messages:send") == true && refused?.message.contains("bots:read") == false)
            let rolled = await Self.domainError {
                _ = try await tenancy.credentials.roll(wide.credential.id, of: owner, overlap: .zero, as: asking, by: Self.actor)
            }
            #expect(rolled?.kind == .forbidden)
            let late = await Self.domainError {
                _ = try await tenancy.credentials.create(
                    .init(name: "x", scopes: [Scope.botsRead], expiresAt: end + .seconds(1)),
                    for: owner,
                    as: asking,
                    by: Self.actor
                )
            }
            #expect(late?.fields.map(\.pointer) == ["/expiresAt"])
            let made = try await tenancy.credentials.create(
                .init(name: "x", scopes: [Scope.botsRead]),
                for: owner,
                as: asking,
                by: Self.actor
            )
            #expect(made.credential.expiresAt == end)
            // A key without an end that is rolled by one with an end gets that end.
            let forever = try await tenancy.credentials.create(
                .init(name: "f", scopes: [Scope.botsRead]),
                for: owner,
                as: root,
                by: Self.actor
            )
            let successor = try await tenancy.credentials.roll(forever.credential.id, of: owner, overlap: .zero, as: asking, by: Self.actor)
            #expect(successor.credential.expiresAt == end)
        }
    }

    @Test("A4: the number of live credentials has a limit that a hundred at once do not pass; what has ended makes room")
    func limits() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let person = try await tenancy.people.ensureMember(email: "a@b.example", name: "A", of: mine, role: .owner)
            _ = try await tenancy.sql(
                """
                insert into platform.credentials (id, kind, hash, prefix, last_four, name, scopes, person_id)
                select gen_random_uuid(), 'personal_access_token', sha256(n::text::bytea), 'mtr_pat_', 'xxxx', 'x', '{}', '\(person)'
                from generate_series(1, 47) n returning ''
                """
            )
            let made = await withTaskGroup(of: IssuedCredential?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try? await tenancy.credentials.create(
                            .init(name: "\(number)", scopes: [Scope.botsRead]),
                            for: .person(person),
                            as: root,
                            by: Self.actor
                        )
                    }
                }
                return await group.reduce(into: [IssuedCredential]()) { if let issued = $1 { $0.append(issued) } }
            }
            #expect(made.count == 3)
            let refused = await Self.domainError {
                _ = try await tenancy.credentials.create(
                    .init(name: "x", scopes: [Scope.botsRead]),
                    for: .person(person),
                    as: root,
                    by: Self.actor
                )
            }
            #expect(refused?.code == "limit_reached" && refused?.kind == .conflict)
            try await tenancy.credentials.revoke(made[0].credential.id, of: .person(person), by: Self.actor)
            _ = try await tenancy.credentials.create(
                .init(name: "x", scopes: [Scope.botsRead]),
                for: .person(person),
                as: root,
                by: Self.actor
            )
        }
    }

    @Test("A4: rolled once there is one successor, with the same rights, however many ask; what has ended cannot be rolled")
    func rolledOnce() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let owner = CredentialOwner.merchant(mine)
            let old = try await tenancy.credentials.create(
                .init(name: "till", scopes: [Scope.botsRead, Scope.messagesSend]),
                for: owner,
                as: root,
                by: Self.actor
            )
            let successors = await withTaskGroup(of: IssuedCredential?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try? await tenancy.credentials.roll(
                            old.credential.id,
                            of: owner,
                            overlap: .seconds(60),
                            as: root,
                            by: Self.actor
                        )
                    }
                }
                return await group.reduce(into: [IssuedCredential]()) { if let issued = $1 { $0.append(issued) } }
            }
            #expect(successors.count == 1)
            let successor = try #require(successors.first)
            #expect(successor.credential.scopes == old.credential.scopes && successor.credential.name == "till")
            #expect(successor.credential.expiresAt == nil)
            let ending = try await tenancy.credentials.find(old.credential.id, of: owner)
            #expect(ending.replacedBy == successor.credential.id && ending.status() == .active)
            #expect(abs(((ending.expiresAt ?? .now) - .now).milliseconds - 60_000) < 20_000)
            let entries = try await tenancy.audit.page(of: mine, .init(action: .credentialRolled), limit: 10).entries
            #expect(entries.count == 1)

            try await tenancy.credentials.revoke(successor.credential.id, of: owner, by: Self.actor)
            try await tenancy.credentials.revoke(successor.credential.id, of: owner, by: Self.actor)
            let revocations = try await tenancy.audit.page(of: mine, .init(action: .credentialRevoked), limit: 10).entries
            #expect(revocations.count == 1)
            let refused = await Self.domainError {
                _ = try await tenancy.credentials.roll(successor.credential.id, of: owner, overlap: .zero, as: root, by: Self.actor)
            }
            #expect(refused?.kind == .conflict)
        }
    }

    @Test("A4: when a key was last used is written down, off the request path, at the latest at shutdown")
    func lastUsed() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let owner = CredentialOwner.merchant(mine)
            let used = try await tenancy.credentials.create(.init(name: "u", scopes: Scope.all), for: owner, as: root, by: Self.actor)
            let unused = try await tenancy.credentials.create(.init(name: "n", scopes: Scope.all), for: owner, as: root, by: Self.actor)
            let authenticator = tenancy.authenticator()
            let presented = try #require(PresentedCredential(used.token.reveal()))
            _ = try await authenticator.authenticate(presented, restaurant: nil)
            #expect(try await tenancy.credentials.find(used.credential.id, of: owner).lastUsedAt == nil)
            let group = ServiceGroup(configuration: .init(services: [.init(service: authenticator)], logger: Logger(label: "test")))
            await group.triggerGracefulShutdown()
            try await group.run()
            let found = try await tenancy.credentials.find(used.credential.id, of: owner)
            let written = try #require(found.lastUsedAt)
            #expect(abs((written - .now).milliseconds) < 60_000)
            #expect(try await tenancy.credentials.find(unused.credential.id, of: owner).lastUsedAt == nil)
        }
    }

    @Test("A4: a key that was revoked a moment ago makes no key, although its node may not know yet")
    func revokedMakesNothing() async throws {
        try await withTenancy { tenancy in
            let (mine, root) = (try await tenancy.merchant("Mine"), try await Self.root(tenancy))
            let owner = CredentialOwner.merchant(mine)
            let key = try await tenancy.credentials.create(.init(name: "m", scopes: Scope.all), for: owner, as: root, by: Self.actor)
            try await tenancy.credentials.revoke(key.credential.id, of: owner, by: Self.actor)
            await #expect(throws: AuthenticationFailure.invalidCredential) {
                try await tenancy.credentials.create(
                    .init(name: "x", scopes: [Scope.botsRead]),
                    for: owner,
                    as: Self.principal(key, .merchantKey, of: mine),
                    by: Actor(.merchantKey, credential: key.credential.id)
                )
            }
            #expect(try await tenancy.credentials.page(of: owner, before: nil, limit: 10).credentials.count == 1)
        }
    }

    private static func domainError(_ body: () async throws -> Void) async -> DomainError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? DomainError
        }
    }
}

import Core
import Crypto
import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Tenancy

/// An effect once for each request, with its answer in the same transaction.
@Suite struct AnsweringTests {
    private static let key = SymmetricKey(size: .bits256)
    private static let alarm = SecretAlarm(trail: nil, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))

    private static func kept(_ tenancy: TestTenancy, box: SecretBox = SecretBox(key: key), alarm: SecretAlarm = alarm) -> KeptAnswers {
        KeptAnswers(tenant: tenancy.tenant, platform: tenancy.platform, box: box, alarm: alarm)
    }

    private static func platformKey(_ merchant: MerchantID? = nil, credential: CredentialID = .new()) -> Principal {
        Principal(kind: .platformKey, credential: credential, merchant: merchant, scopes: Set(Scope.platform))
    }

    private static func request(_ key: String, operation: String = "POST /keys", body: String = "{}") -> IdempotentRequest {
        IdempotentRequest(operation: operation, key: key, body: Array(body.utf8))
    }

    private static let input = CredentialIn(name: "x", scopes: [Scope.botsRead])

    /// The answer of a route that makes a key: the token is in its body.
    private static func answer(_ issued: IssuedCredential) -> IdempotentAnswer {
        IdempotentAnswer(
            status: 201,
            location: "/keys/\(issued.credential.id)",
            entityTag: "\"v1\"",
            body: Array(issued.token.reveal().utf8)
        )
    }

    private static func makeKey(
        _ tenancy: TestTenancy,
        _ merchant: MerchantID,
        _ request: SealedRequest?,
        on platform: PlatformDatabase? = nil,
        answer: @escaping @Sendable (IssuedCredential) -> IdempotentAnswer = Self.answer
    ) async throws -> IdempotentAnswer {
        try await CredentialService(database: platform ?? tenancy.platform).create(
            input,
            for: .merchant(merchant),
            as: platformKey(merchant),
            by: TestTenancy.actor,
            answering: SealedAnswering(request, answer)
        )
    }

    private static func makeBot(
        _ tenancy: TestTenancy,
        _ merchant: MerchantID,
        _ request: IdempotentRequest?,
        on tenant: TenantDatabase? = nil,
        answer: @escaping @Sendable (UUID) -> IdempotentAnswer = Self.answer
    ) async throws -> IdempotentAnswer {
        let id = UUID.v7()
        return try await (tenant ?? tenancy.tenant).tenant(merchant, answering: Answering(request, answer)) { tx in
            tx.append("insert into app.bots (merchant_id, id, name) values (\(merchant), \(id), 'Bot') returning id") { rows in
                try rows.first { row in try row.next(UUID.self) } ?? id
            }
        }
    }

    private static func answer(_ bot: UUID) -> IdempotentAnswer {
        IdempotentAnswer(status: 201, location: nil, body: Array(bot.lowercased.utf8))
    }

    private static func effects(_ tenancy: TestTenancy) async throws -> [String] {
        try await tenancy.sql(
            """
            select (select count(*) from platform.credentials) || ' keys, ' || (select count(*) from platform.idempotency_keys) || ' kept, '
                || (select count(*) from app.bots) || ' bots, ' || (select count(*) from app.idempotency_keys) || ' kept'
            """
        )
    }

    @Test("The same request again, also at once, has one effect and one answer; without a key each has its own")
    func once() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let once = Self.kept(tenancy).sealed(Self.request("k"), by: Self.platformKey(merchant))
            let keys = try await atOnce { try await Self.makeKey(tenancy, merchant, once) }
            let bots = try await atOnce { try await Self.makeBot(tenancy, merchant, Self.request("k")) }
            for answers in [keys, bots] {
                #expect(answers.count { !$0.isReplay } == 1)
                #expect(Set(answers.map(\.body)).count == 1 && answers.allSatisfy { $0.status == 201 })
                #expect(Set(answers.map(\.location)).count == 1 && Set(answers.map(\.entityTag)).count == 1)
            }
            #expect(keys[0].entityTag == "\"v1\"" && keys[0].location != nil)
            #expect(try await Self.effects(tenancy) == ["1 keys, 1 kept, 1 bots, 1 kept"])
            #expect(try await Self.kept(tenancy).find(once)?.body == keys[0].body)
            #expect(try await Self.kept(tenancy).find(Self.request("k"), of: merchant)?.body == bots[0].body)
            let (first, second) = (
                try await Self.makeKey(tenancy, merchant, nil), try await Self.makeKey(tenancy, merchant, nil)
            )
            #expect(first.body != second.body && !first.isReplay && !second.isReplay)
            #expect(try await Self.effects(tenancy) == ["3 keys, 1 kept, 1 bots, 1 kept"])
        }
    }

    @Test("Another body under the same key is refused, now and in the race, and has no effect")
    func otherBody() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let (kept, asking) = (Self.kept(tenancy), Self.platformKey(merchant))
            _ = try await Self.makeKey(tenancy, merchant, kept.sealed(Self.request("k"), by: asking))
            _ = try await Self.makeBot(tenancy, merchant, Self.request("k"))
            let other = Self.request("k", body: #"{"x":1}"#)
            let sealed = kept.sealed(other, by: asking)
            #expect(try await domainError { _ = try await kept.find(sealed) } == "idempotency_key_reused")
            #expect(try await domainError { _ = try await kept.find(other, of: merchant) } == "idempotency_key_reused")
            #expect(try await domainError { _ = try await Self.makeKey(tenancy, merchant, sealed) } == "idempotency_key_reused")
            #expect(try await domainError { _ = try await Self.makeBot(tenancy, merchant, other) } == "idempotency_key_reused")
            #expect(try await Self.effects(tenancy) == ["1 keys, 1 kept, 1 bots, 1 kept"])
        }
    }

    @Test("A12: the same key of another credential, restaurant or operation is another request")
    func owners() async throws {
        try await withTenancy { tenancy in
            let (mine, other) = (try await tenancy.merchant("Mine"), try await tenancy.merchant("Other"))
            let (kept, credential) = (Self.kept(tenancy), CredentialID.new())
            let asking = [
                Self.platformKey(mine, credential: credential), Self.platformKey(other, credential: credential),
                Self.platformKey(nil, credential: credential), Self.platformKey(mine),
            ]
            var requests = asking.map { kept.sealed(Self.request("k"), by: $0) }
            requests.append(kept.sealed(Self.request("k", operation: "POST /keys/roll"), by: asking[0]))
            requests.append(kept.sealed(Self.request("K"), by: asking[0]))
            var bodies: Set<[UInt8]> = []
            for request in requests {
                #expect(try await kept.find(request) == nil)
                bodies.insert(try await Self.makeKey(tenancy, mine, request).body)
            }
            #expect(bodies.count == requests.count)
            for merchant in [mine, other] {
                #expect(try await kept.find(Self.request("k"), of: merchant) == nil)
                bodies.insert(try await Self.makeBot(tenancy, merchant, Self.request("k")).body)
            }
            bodies.insert(try await Self.makeBot(tenancy, mine, Self.request("k", operation: "POST /other")).body)
            #expect(bodies.count == requests.count + 3)
            // No two lists of parts are one name, however their characters are dealt out.
            let digests = [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("", "ab", "c"), ("a", "b1:c", "")].map {
                owner,
                operation,
                key in
                IdempotentRequest(operation: operation, key: key, body: []).digest(of: owner)
            }
            #expect(Set(digests).count == digests.count)
        }
    }

    @Test("A refused effect leaves nothing, and its key is as good as new")
    func refused() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let once = Self.kept(tenancy).sealed(Self.request("k"), by: Self.platformKey(merchant))
            let refusal = try await domainError {
                _ = try await tenancy.platform.platform(answering: SealedAnswering(once, Self.answer)) { tx in
                    CredentialRepository(tx).issue(
                        .new(),
                        to: .merchant(merchant),
                        digest: PresentedCredential.digest(of: "x"),
                        lastFour: "xxxx",
                        Self.input,
                        telling: AuditEntry(action: .credentialCreated, by: TestTenancy.actor)
                    ).map { _ -> IssuedCredential in throw DomainError.notFound("credential") }
                }
            }
            #expect(refusal == "not_found")
            let unknown = MerchantID.new()
            let failure = await postgresFailure { _ = try await Self.makeKey(tenancy, unknown, once) }
            #expect(failure?.sqlState == "23503")
            #expect(try await Self.effects(tenancy) == ["0 keys, 0 kept, 0 bots, 0 kept"])
            let made = try await Self.makeKey(tenancy, merchant, once)
            #expect(!made.isReplay)
            #expect(try await Self.makeKey(tenancy, merchant, once).body == made.body)
        }
    }

    @Test("A connection that breaks between effect and answer leaves neither; the next attempt has both")
    func broken() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let once = Self.kept(tenancy).sealed(Self.request("k"), by: Self.platformKey(merchant))
            for role in ["maitre_platform", "maitre_tenant"] {
                let proxy = try TestProxy(to: tenancy.database.url(role: role))
                let client = PostgresClient(PostgresConfiguration(url: proxy.proxiedURL, poolSize: 2), logger: Logger(label: "test"))
                let (platform, tenant) = (PlatformDatabase(client: client), TenantDatabase(client: client))
                let cuts = Mutex(0)
                @Sendable func attempt(cutting times: Int) async throws -> IdempotentAnswer {
                    cuts.withLock { $0 = times }
                    let cut: @Sendable () -> Void = {
                        let isDue = cuts.withLock { left in
                            left -= 1
                            return left >= 0
                        }
                        if isDue { proxy.cut() }
                    }
                    if role == "maitre_tenant" {
                        return try await Self.makeBot(tenancy, merchant, Self.request("k"), on: tenant) { bot in
                            cut()
                            return Self.answer(bot)
                        }
                    }
                    return try await Self.makeKey(tenancy, merchant, once, on: platform) { issued in
                        cut()
                        return Self.answer(issued)
                    }
                }
                let before = try await Self.effects(tenancy)
                let failure = await postgresFailure { _ = try await attempt(cutting: .max) }
                #expect(failure?.isOutage == true, "\(role)")
                #expect(try await Self.effects(tenancy) == before, "\(role)")
                // Broken once, it is tried again by itself.
                let made = try await attempt(cutting: 1)
                #expect(!made.isReplay)
                #expect(try await attempt(cutting: 0) == IdempotentAnswer(replaying: made))
                await client.shutDown()
                proxy.stop()
            }
            #expect(try await Self.effects(tenancy) == ["1 keys, 1 kept, 1 bots, 1 kept"])
        }
    }

    @Test("While the first request takes long, the same is in progress")
    func inProgress() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let request = Self.request("k")
            let once = Self.kept(tenancy).sealed(request, by: Self.platformKey(merchant))
            let locks = [once.lockNumber, request.digest(of: "restaurant \(merchant)").lockNumber]
            let short = try ["maitre_platform", "maitre_tenant"].map { role in
                PostgresClient(
                    PostgresConfiguration(url: try tenancy.database.url(role: role), poolSize: 1, lockTimeout: .milliseconds(100)),
                    logger: Logger(label: "test")
                )
            }
            try await tenancy.platformClient.withTransaction { transaction in
                try await transaction.run { segment in
                    for lock in locks { segment.append("select pg_advisory_xact_lock(\(lock))") }
                }
                let (platform, tenant) = (PlatformDatabase(client: short[0]), TenantDatabase(client: short[1]))
                #expect(
                    try await domainError { _ = try await Self.makeKey(tenancy, merchant, once, on: platform) } == "request_in_progress"
                )
                #expect(
                    try await domainError { _ = try await Self.makeBot(tenancy, merchant, request, on: tenant) } == "request_in_progress"
                )
                // Another request does not wait.
                _ = try await Self.makeBot(tenancy, merchant, Self.request("other"), on: tenant)
            }
            #expect(try await Self.effects(tenancy) == ["0 keys, 0 kept, 1 bots, 1 kept"])
            _ = try await Self.makeKey(tenancy, merchant, once, on: PlatformDatabase(client: short[0]))
            for client in short { await client.shutDown() }
        }
    }

    @Test("A4 A5: a credential that has ended gets no answer again, its session neither")
    func ended() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let kept = Self.kept(tenancy)
            let root = try await tenancy.credentials.createPlatformKey(name: "root", by: TestTenancy.actor)
            let presented = try #require(PresentedCredential(root.reveal()))
            let asking = try await tenancy.authenticator().authenticate(presented, restaurant: nil)
            let session = CredentialID.new()
            try await tenancy.sql(
                """
                with person as (insert into platform.people (id, email, name) values (gen_random_uuid(), 'a@b.example', 'A') returning id)
                insert into platform.sessions (id, person_id, expires_at, idle_expires_at)
                select '\(session)', id, now() + interval '1 day', now() + interval '1 day' from person returning ''
                """
            )
            let requests = [asking, Self.platformKey(merchant, credential: session)].map { kept.sealed(Self.request("k"), by: $0) }
            for request in requests {
                let made = try await Self.makeKey(tenancy, merchant, request)
                #expect(try await kept.find(request)?.body == made.body)
            }
            let before = try await Self.effects(tenancy)
            try await tenancy.sql("update platform.credentials set revoked_at = now() where id = '\(asking.credential)' returning ''")
            try await tenancy.sql("update platform.sessions set revoked_at = now(), revoked_reason = 'logout' returning ''")
            for request in requests {
                #expect(try await refusal { _ = try await kept.find(request) } == .invalidCredential)
                #expect(try await refusal { _ = try await Self.makeKey(tenancy, merchant, request) } == .invalidCredential)
            }
            #expect(try await Self.effects(tenancy) == before)
        }
    }

    @Test("A10: an answer with a token is sealed, sealed again by a rotation, and refused with an alarm in another row's place")
    func sealed() async throws {
        try await withTenancy { tenancy in
            let merchant = try await tenancy.merchant("Mine")
            let asking = Self.platformKey(merchant)
            let kept = Self.kept(tenancy)
            let made = try await Self.makeKey(tenancy, merchant, kept.sealed(Self.request("one"), by: asking))
            let other = try await Self.makeKey(tenancy, merchant, kept.sealed(Self.request("two"), by: asking))
            let rows = try await tenancy.sql("select to_jsonb(k)::text from platform.idempotency_keys k")
            #expect(rows.count == 2)
            for body in [made.body, other.body] {
                #expect(rows.allSatisfy { !$0.contains(String(decoding: body, as: UTF8.self)) && !$0.contains(body.hexadecimal) })
            }

            let box = SecretBox(key: SymmetricKey(size: .bits256), previous: [Self.key])
            let outcomes = try await SecretRotation(database: tenancy.platform, box: box, alarm: Self.alarm).run(by: TestTenancy.actor)
            #expect(outcomes.contains(.init(table: "idempotency_keys", column: "body_sealed", sealed: 2)))
            let trail = AuditTrail(database: tenancy.platform, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            let rotated = Self.kept(
                tenancy,
                box: box,
                alarm: SecretAlarm(trail: trail, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            )
            #expect(try await rotated.find(rotated.sealed(Self.request("one"), by: asking)) == IdempotentAnswer(replaying: made))
            #expect(try await rotated.find(rotated.sealed(Self.request("two"), by: asking)) == IdempotentAnswer(replaying: other))

            try await tenancy.sql(
                """
                update platform.idempotency_keys k set body_sealed = o.body_sealed from platform.idempotency_keys o where o.id <> k.id returning ''
                """
            )
            for key in ["one", "two"] {
                let request = rotated.sealed(Self.request(key), by: asking)
                await #expect(throws: SecretBox.Failure.refused) { try await rotated.find(request) }
                await #expect(throws: SecretBox.Failure.refused) { try await Self.makeKey(tenancy, merchant, request) }
            }
            // A whole row under another's id is the same.
            try await tenancy.sql(
                "delete from platform.idempotency_keys where id = '\(rotated.sealed(Self.request("two"), by: asking).id.lowercased)' returning ''"
            )
            let thief = rotated.sealed(Self.request("one"), by: Self.platformKey(merchant))
            try await tenancy.sql("update platform.idempotency_keys set id = '\(thief.id.lowercased)' returning ''")
            await #expect(throws: SecretBox.Failure.refused) { try await rotated.find(thief) }
            await trail.drain()
            let entries = try await tenancy.audit.page(of: merchant, AuditFilter(action: .secretRefused), limit: 10).entries
            #expect(!entries.isEmpty && entries.allSatisfy { $0.subject?.type == "idempotency_keys" })
        }
    }
}

extension IdempotentAnswer {
    /// As a repetition gets it.
    fileprivate init(replaying answer: IdempotentAnswer) {
        self.init(
            status: answer.status,
            location: answer.location,
            entityTag: answer.entityTag,
            body: answer.body,
            isReplay: true
        )
    }
}

/// What twelve of the same get, asked for at once.
private func atOnce(_ ask: @escaping @Sendable () async throws -> IdempotentAnswer) async throws -> [IdempotentAnswer] {
    try await withThrowingTaskGroup(of: IdempotentAnswer.self) { group in
        for _ in 0..<12 { group.addTask { try await ask() } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}

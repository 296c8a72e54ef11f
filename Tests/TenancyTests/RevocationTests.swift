import Core
import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tenancy

/// `api.md` 3: what ends a credential reaches every node within a second.
@Suite(.serialized)
struct RevocationTests {
    /// How a credential ends; the moment from which on a second may pass.
    private enum End: String, CaseIterable {
        case revoked, rolled, expired, suspended, closed, membershipRemoved
    }

    @Test(
        "A4, A5: after revocation, roll, expiry, suspension, closing and removal no node accepts a credential for longer than a second",
        arguments: End.allCases
    )
    private func everyNode(end: End) async throws {
        try await withTenancy { tenancy in
            let nodes = [tenancy.authenticator(), tenancy.authenticator()]
            let group = ServiceGroup(
                configuration: .init(services: nodes.map { .init(service: $0) }, logger: Logger(label: "test"))
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let subject = try await Self.subject(tenancy, end)
                // In use on both nodes, so that both remember it and read it again by themselves.
                for _ in 0..<20 {
                    for node in nodes { _ = try await node.authenticate(subject.presented, restaurant: subject.restaurant) }
                    try await Task.sleep(for: .milliseconds(10))
                }
                let ended = try await subject.end()
                let latencies = try await withThrowingTaskGroup(of: Duration.self) { watching in
                    for node in nodes {
                        watching.addTask { try await Self.lastAccepted(subject, by: node, since: ended) }
                    }
                    return try await watching.reduce(into: [Duration]()) { $0.append($1) }
                }
                print(
                    "revocation: \(end.rawValue) reached two nodes after \(latencies.map { "\($0.milliseconds) ms" }.joined(separator: " and "))"
                )
                #expect(latencies.allSatisfy { $0 <= .seconds(1) }, "\(latencies)")
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    private struct Subject: Sendable {
        let presented: PresentedCredential
        let restaurant: MerchantID?
        /// Ends it, and returns the moment in which that was decided.
        let end: @Sendable () async throws -> ContinuousClock.Instant
    }

    /// Asks all the time until it is refused; when the last accepted question was asked, counted from the end.
    private static func lastAccepted(
        _ subject: Subject,
        by node: CredentialAuthenticator,
        since ended: ContinuousClock.Instant
    ) async throws -> Duration {
        var last = ContinuousClock.Duration.zero
        while ContinuousClock.now - ended < .seconds(5) {
            let asked = ContinuousClock.now
            do {
                _ = try await node.authenticate(subject.presented, restaurant: subject.restaurant)
                last = max(last, asked - ended)
            } catch is AuthenticationFailure {
                return last
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        return .seconds(5)
    }

    private static func subject(_ tenancy: TestTenancy, _ end: End) async throws -> Subject {
        let actor = TestTenancy.actor
        let merchant = try await tenancy.merchant("Mine")
        let root = try #require(PresentedCredential(try await tenancy.credentials.createPlatformKey(name: "r", by: actor).reveal()))
        let admin = try await tenancy.authenticator().authenticate(root, restaurant: nil)
        let owner = CredentialOwner.merchant(merchant)
        let expiry = Timestamp.now + .seconds(2)
        let key = try await tenancy.credentials.create(
            CredentialIn(name: "x", scopes: [Scope.botsRead], expiresAt: end == .expired ? expiry : nil),
            for: owner,
            as: admin,
            by: actor
        )
        let presented = try #require(PresentedCredential(key.token.reveal()))
        func ending(_ presented: PresentedCredential, _ body: @escaping @Sendable () async throws -> Void) -> Subject {
            Subject(presented: presented, restaurant: merchant) {
                try await body()
                return .now
            }
        }
        switch end {
        case .revoked:
            return ending(presented) { try await tenancy.credentials.revoke(key.credential.id, of: owner, by: actor) }
        case .rolled:
            return ending(presented) {
                _ = try await tenancy.credentials.roll(key.credential.id, of: owner, overlap: .zero, as: admin, by: actor)
            }
        case .expired:
            return Subject(presented: presented, restaurant: merchant) {
                let left = expiry - Timestamp.now
                if left > .zero { try await Task.sleep(for: left) }
                return .now
            }
        case .suspended:
            return ending(presented) { _ = try await tenancy.merchants.suspend(merchant, reason: nil, by: actor) }
        case .closed:
            return ending(presented) { _ = try await tenancy.merchants.close(merchant, graceDays: 0, by: actor) }
        case .membershipRemoved:
            let person = try await tenancy.people.ensureMember(email: "a@b.example", name: "A", of: merchant, role: .owner)
            let token = try await tenancy.credentials.createPersonalAccessToken(for: person, name: "x", by: actor)
            return ending(try #require(PresentedCredential(token.reveal()))) {
                _ = try await tenancy.sql("delete from platform.memberships where person_id = '\(person)' returning ''")
            }
        }
    }
}

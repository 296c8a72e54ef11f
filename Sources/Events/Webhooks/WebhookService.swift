import Core
import Jobs
import Outbound
import Postgres
import Tenancy

/// Use cases of outgoing webhooks (H3).
public struct WebhookService: Sendable {
    /// Endpoints that a restaurant may have: each event is sent to every one of them.
    public static let most = 20

    private let database: TenantDatabase
    private let secrets: MerchantSecrets
    private let policy: DestinationPolicy

    public init(database: TenantDatabase, secrets: MerchantSecrets, policy: DestinationPolicy) {
        self.database = database
        self.secrets = secrets
        self.policy = policy
    }

    // MARK: Endpoints

    /// Makes an endpoint, which is told what happens from now on.
    ///
    /// - Throws: 422 when its address may not be called; `limit_reached`.
    public func create(_ endpoint: WebhookEndpointIn, of merchant: MerchantID, by actor: Actor) async throws -> (
        WebhookEndpoint, NewWebhookSecret
    ) {
        var endpoint = endpoint
        endpoint.url = try canonical(endpoint.url)
        let stored = endpoint
        let (id, secretID, secret) = (WebhookEndpointID.new(), WebhookSecretID.new(), WebhookSecret())
        let sealed = try await seal(secret, secretID, of: merchant)
        let entry = AuditEntry(action: .webhookEndpointCreated, subject: Self.subject(id), of: merchant, by: actor)
        let made: WebhookEndpoint?
        do {
            made = try await database.tenant(merchant) { tx in
                let made = WebhookEndpointRepository(tx).insert(id, stored, most: Self.most, telling: entry)
                WebhookEndpointRepository(tx).insertSecret(secretID, of: id, sealed: sealed)
                return made
            }
        } catch let error as PostgresError where error.constraint == "webhook_secrets_endpoint_fkey" {
            made = nil
        }
        guard let made else {
            throw DomainError(.conflict, code: "limit_reached", message: "A restaurant has at most \(Self.most) webhook endpoints.")
        }
        return (made, NewWebhookSecret(secret: secret.text, previousExpiresAt: nil))
    }

    public func find(_ id: WebhookEndpointID, of merchant: MerchantID) async throws -> WebhookEndpoint {
        guard let endpoint = try await database.tenant(merchant, { tx in WebhookEndpointRepository(tx).find(id) }) else {
            throw Self.notFound
        }
        return endpoint
    }

    /// In the order they were made; the id after which the next page starts, nil at the end.
    public func page(of merchant: MerchantID, after: WebhookEndpointID?, limit: Int) async throws -> (
        [WebhookEndpoint], next: WebhookEndpointID?
    ) {
        let rows = try await database.tenant(merchant) { tx in WebhookEndpointRepository(tx).page(after: after, limit: limit + 1) }
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }

    /// - Parameter version: nil for whatever it is now.
    /// - Throws: `version_mismatch` when it was changed since; 422 as `create`.
    public func update(
        _ id: WebhookEndpointID,
        of merchant: MerchantID,
        _ patch: WebhookEndpointPatch,
        ifVersion version: Int64?,
        by actor: Actor
    ) async throws -> WebhookEndpoint {
        var patch = patch
        if let url = patch.url { patch.url = try canonical(url) }
        let stored = patch
        let entry = AuditEntry(
            action: .webhookEndpointUpdated,
            subject: Self.subject(id),
            of: merchant,
            by: actor,
            details: .fields(patch.fields)
        )
        let changed = try await database.tenant(merchant) { tx in
            WebhookEndpointRepository(tx).update(id, stored, ifVersion: version, telling: entry)
        }
        guard let changed else { throw version == nil ? Self.notFound : Self.changedSince }
        return changed
    }

    /// Holds back what is to be delivered.
    public func pause(_ id: WebhookEndpointID, of merchant: MerchantID, by actor: Actor) async throws -> WebhookEndpoint {
        let entry = AuditEntry(action: .webhookEndpointPaused, subject: Self.subject(id), of: merchant, by: actor)
        let changed = try await database.tenant(merchant) { tx in WebhookEndpointRepository(tx).pause(id, telling: entry) }
        if let changed { return changed }
        let endpoint = try await find(id, of: merchant)
        guard endpoint.status == .paused else {
            throw DomainError(.conflict, code: "conflict", message: "The endpoint is disabled; nothing is sent to it.")
        }
        return endpoint
    }

    /// Sends again, with what was held while it was paused.
    public func resume(_ id: WebhookEndpointID, of merchant: MerchantID, by actor: Actor) async throws -> WebhookEndpoint {
        let entry = AuditEntry(action: .webhookEndpointResumed, subject: Self.subject(id), of: merchant, by: actor)
        let changed = try await database.tenant(merchant) { tx in
            let changed = WebhookEndpointRepository(tx).resume(id, telling: entry)
            JobRepository(tx).enqueue([WebhookJob.release(of: id)], on: .webhookDelivery)
            return changed
        }
        if let changed { return changed }
        return try await find(id, of: merchant)
    }

    /// Ends it; what was not delivered yet is given up.
    public func delete(_ id: WebhookEndpointID, of merchant: MerchantID, ifVersion version: Int64?, by actor: Actor) async throws {
        let entry = AuditEntry(action: .webhookEndpointDeleted, subject: Self.subject(id), of: merchant, by: actor)
        let isGone = try await database.tenant(merchant) { tx in
            WebhookEndpointRepository(tx).delete(id, ifVersion: version, telling: entry)
        }
        guard isGone else { throw version == nil ? Self.notFound : Self.changedSince }
    }

    /// Makes another secret. The one before it signs along for `overlap`, so that a receiver can learn the new one meanwhile.
    public func roll(_ id: WebhookEndpointID, of merchant: MerchantID, overlap: Duration, by actor: Actor) async throws -> NewWebhookSecret
    {
        let (secretID, secret) = (WebhookSecretID.new(), WebhookSecret())
        let sealed = try await seal(secret, secretID, of: merchant)
        let entry = AuditEntry(action: .webhookSecretRolled, subject: Self.subject(id), of: merchant, by: actor)
        let expires = try await database.tenant(merchant) { tx in
            WebhookEndpointRepository(tx).roll(id, to: secretID, sealed: sealed, overlap: overlap, telling: entry)
        }
        guard let expires else { throw Self.notFound }
        return NewWebhookSecret(secret: secret.text, previousExpiresAt: expires)
    }

    /// Sends something that did not happen, once, whatever the endpoint's filter.
    ///
    /// - Parameter type: an event whose example is sent; nil for one that says nothing but that it is a test.
    public func test(_ id: WebhookEndpointID, of merchant: MerchantID, type: EventType?, by actor: Actor) async throws -> WebhookDelivery {
        let entry = AuditEntry(action: .webhookEndpointTested, subject: Self.subject(id), of: merchant, by: actor)
        let (name, body) = Self.testBody(of: type, endpoint: id, at: .now)
        let delivery = WebhookDeliveryID.new()
        let made = try await database.tenant(merchant) { tx in
            let made = WebhookDeliveryRepository(tx).insertTest(delivery, of: id, type: name, body: body, telling: entry)
            tx.wake(Queue.webhookDelivery.name)
            tx.wake(Queue.webhookSlow.name)
            return made
        }
        if let made { return made }
        _ = try await find(id, of: merchant)
        throw Self.disabled
    }

    // MARK: Deliveries

    public func deliveries(of merchant: MerchantID, _ filter: WebhookDeliveryFilter, before: WebhookDeliveryID?, limit: Int) async throws
        -> (
            [WebhookDelivery], next: WebhookDeliveryID?
        )
    {
        let rows = try await database.tenant(merchant) { tx in WebhookDeliveryRepository(tx).page(filter, before: before, limit: limit + 1)
        }
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }

    /// With what is sent, and its last hundred attempts, newest first.
    public func delivery(_ id: WebhookDeliveryID, of merchant: MerchantID) async throws -> (WebhookDelivery, body: String, [WebhookAttempt])
    {
        let (delivery, body, attempts) = try await database.tenant(merchant) { tx in
            let deliveries = WebhookDeliveryRepository(tx)
            return (deliveries.find(id), deliveries.body(id), deliveries.attempts(of: id))
        }
        guard let delivery, let body else { throw DomainError.notFound("webhook delivery") }
        return (delivery, body, attempts)
    }

    /// Sends a delivery that has ended again: the same id and body, signed with the secret of now, with a schedule of its own.
    public func replay(_ id: WebhookDeliveryID, of merchant: MerchantID, by actor: Actor) async throws -> WebhookDelivery {
        let entry = AuditEntry(action: .webhookDeliveryReplayed, subject: AuditSubject("webhook_delivery", id), of: merchant, by: actor)
        let changed = try await database.tenant(merchant) { tx in
            let changed = WebhookDeliveryRepository(tx).replay(id, telling: entry)
            tx.wake(Queue.webhookDelivery.name)
            tx.wake(Queue.webhookSlow.name)
            return changed
        }
        if let changed { return changed }
        let (delivery, _, _) = try await delivery(id, of: merchant)
        guard delivery.state == .delivered || delivery.state == .failed else {
            throw DomainError(.conflict, code: "conflict", message: "The delivery has not ended yet.")
        }
        throw Self.disabled
    }

    /// Sends the failed deliveries of a time again, oldest first, at most a thousand at once; how many, and whether there are more.
    public func replayFailed(of id: WebhookEndpointID, of merchant: MerchantID, from: Timestamp, to: Timestamp?, by actor: Actor)
        async throws -> (
            count: Int, hasMore: Bool
        )
    {
        guard try await find(id, of: merchant).status == .active else { throw Self.disabled }
        let entry = AuditEntry(action: .webhookDeliveryReplayed, subject: Self.subject(id), of: merchant, by: actor)
        let count = try await database.tenant(merchant) { tx in
            tx.audit(entry)
            let count = WebhookDeliveryRepository(tx).replayFailed(of: id, from: from, to: to)
            tx.wake(Queue.webhookDelivery.name)
            tx.wake(Queue.webhookSlow.name)
            return count
        }
        return (count, count >= WebhookDeliveryRepository.replayLimit)
    }

    // MARK: -

    /// The address as it will be called, if it may be.
    private func canonical(_ text: String) throws -> String {
        do {
            let url = try OutboundURL(text)
            try policy.check(url)
            return url.description
        } catch {
            throw DomainError.invalid([.init(pointer: "/url", code: "url_not_allowed", message: error.message)])
        }
    }

    private func seal(_ secret: WebhookSecret, _ id: WebhookSecretID, of merchant: MerchantID) async throws -> [UInt8] {
        try await secrets.seal(secret.text.reveal(), of: merchant, table: "webhook_secrets", column: "secret_sealed", row: id.uuid)
    }

    private static func testBody(of type: EventType?, endpoint: WebhookEndpointID, at time: Timestamp) -> (type: String, body: String) {
        let payload = type.flatMap { EventCatalogue.payload(of: $0) }
        let name = payload.map { $0.type.rawValue } ?? "webhook_test"
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", name)
            writer.member("timestamp", time)
            if let payload {
                writer.member("data", raw: payload.example.json.bytes)
            } else {
                writer.member("data", object: { $0.member("webhookEndpointId", endpoint) })
            }
        }
        return (name, writer.text)
    }

    private static func subject(_ id: WebhookEndpointID) -> AuditSubject { AuditSubject("webhook_endpoint", id) }
    private static var notFound: DomainError { .notFound("webhook endpoint") }
    private static var changedSince: DomainError {
        DomainError(.conflict, code: "version_mismatch", message: "It was changed since; read it again.")
    }
    private static var disabled: DomainError {
        DomainError(.conflict, code: "conflict", message: "The endpoint is paused or disabled; resume it first.")
    }
}

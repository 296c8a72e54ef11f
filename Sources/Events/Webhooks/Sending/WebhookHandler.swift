import Core
import Jobs
import Logging
import Metrics
import Outbound
import Postgres
import Tenancy

/// Makes deliveries of events and sends them, as often as their schedule says, until an endpoint answers 2xx (H3). A delivery may arrive twice, when a worker
/// dies between a request and writing down what came of it; it never gets lost.
public struct WebhookHandler: JobHandler {
    public let queue: Queue
    private let database: TenantDatabase
    private let secrets: MerchantSecrets
    private let client: GuardedClient
    private let notices: OwnerNotices
    private let schedule: WebhookSchedule
    private let slowAfter: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - queue: `webhookDelivery` or `webhookSlow`.
    ///   - slowAfter: an endpoint that took longer is served on the queue of the slow ones from then on, until it is quick again.
    public init(
        queue: Queue,
        database: TenantDatabase,
        secrets: MerchantSecrets,
        client: GuardedClient,
        notices: OwnerNotices,
        schedule: WebhookSchedule = .init(),
        slowAfter: Duration = .seconds(2),
        logger: Logger
    ) {
        self.queue = queue
        self.database = database
        self.secrets = secrets
        self.client = client
        self.notices = notices
        self.schedule = schedule
        self.slowAfter = slowAfter
        self.logger = logger
    }

    public func perform(_ job: Job, _ input: Void) async throws -> JobResult {
        switch WebhookJob(job) {
        case .fanOut(let events):
            try await end(job, holding: true) { WebhookSendingRepository($0).fanOut(events) }
        case .deliver(let delivery, let round, let tries):
            try await deliver(delivery, round: round, tries: tries, job)
        case .release(let endpoint):
            try await end(job, holding: true) { WebhookSendingRepository($0).release(endpoint, limit: 501, next: .release(of: endpoint)) }
        case .alert(let url, let reason):
            try await notices.webhookDisabled(of: job.merchant, url: url, reason: reason) { QueueRepository($0).complete([job], on: queue) }
        case nil:
            throw JobError("the job's arguments cannot be read")
        }
        return .completed
    }

    /// The job is a dead letter: its delivery must not look as if it were still on its way.
    public func bury(_ job: Job) async {
        guard case .deliver(let id, let round, let tries) = WebhookJob(job) else { return }
        do {
            let found = try await database.tenant(job.merchant) { tx in WebhookSendingRepository(tx).find(id) }
            guard let delivery = found, delivery.round == round, delivery.tries == tries else { return }
            try await database.tenant(job.merchant) { tx in WebhookSendingRepository(tx).fail(delivery) }
        } catch {
            logger.error(
                "A webhook delivery of a dead job stays pending",
                metadata: ["deliveryId": "\(id)", "merchantId": "\(job.merchant)"]
            )
        }
    }

    private func deliver(_ id: WebhookDeliveryID, round: Int, tries: Int, _ job: Job) async throws {
        let (found, sealed) = try await database.tenant(job.merchant) { tx in
            (WebhookSendingRepository(tx).find(id), WebhookSendingRepository(tx).secrets(for: id))
        }
        // Sent, replayed or past its keeping: this job is an old one.
        guard let delivery = found, delivery.state == .pending, delivery.round == round, delivery.tries == tries else {
            return try await end(job, as: .cancelled) { _ in }
        }
        guard let url = delivery.url, let status = delivery.status, status != .disabled, delivery.merchantIsActive else {
            // A1, A13: nothing goes out in the name of a restaurant that is suspended or closed.
            count("failed")
            return try await end(job, as: .cancelled) { WebhookSendingRepository($0).fail(delivery) }
        }
        if status == .paused, !delivery.isTest {
            return try await end(job, as: .cancelled, holding: true) { WebhookSendingRepository($0).hold(delivery) }
        }
        guard delivery.isSlow == (queue == .webhookSlow) else {
            return try await end(job, as: .cancelled, holding: true) { WebhookSendingRepository($0).enqueue(delivery) }
        }
        let opened = try await open(sealed, of: job.merchant)
        guard !opened.isEmpty else {
            // Alarmed where it was found out. Without a signature nothing is sent.
            count("failed")
            return try await end(job, as: .dead) { WebhookSendingRepository($0).fail(delivery) }
        }
        let result = await call(url, delivery, signedBy: opened)
        if let result { try await record(result, of: delivery, job) } else { throw CancellationError() }
    }

    private func open(_ sealed: [SealedWebhookSecret], of merchant: MerchantID) async throws -> [WebhookSecret] {
        var opened: [WebhookSecret] = []
        for secret in sealed {
            do {
                let text = try await secrets.open(
                    secret.sealed,
                    of: merchant,
                    table: "webhook_secrets",
                    column: "secret_sealed",
                    row: secret.id.uuid
                )
                if let secret = WebhookSecret(text) { opened.append(secret) }
            } catch is SecretBox.Failure {
                // Another one may still be good.
                continue
            }
        }
        return opened
    }

    /// Nil when we are being stopped.
    private func call(_ url: String, _ delivery: WebhookToSend, signedBy secrets: [WebhookSecret]) async -> WebhookResult? {
        let (start, clock) = (Timestamp.now, ContinuousClock.now)
        let body = Array(delivery.body.utf8)
        let outcome: Result<OutboundAnswer, OutboundFailure>
        do {
            let address = try OutboundURL(url)
            let headers = StandardWebhook.headers(id: delivery.event.description, at: start, body: body, secrets: secrets)
            guard let request = OutboundRequest(url: address, headers: headers, body: body) else { throw OutboundFailure.blocked }
            outcome = .success(try await client.call(request))
        } catch let failure as OutboundFailure {
            outcome = .failure(failure)
        } catch {
            outcome = .failure(.blocked)
        }
        let duration = ContinuousClock.now - clock
        Counter(label: "maitre_webhook_attempts_total", dimensions: [("class", Self.name(of: outcome))]).increment()
        Metrics.Timer(label: "maitre_webhook_attempt_seconds").recordNanoseconds(duration.microseconds * 1000)
        switch outcome {
        case .success(let answer):
            return WebhookResult(
                startedAt: start,
                duration: duration,
                outcome: (200..<300).contains(answer.status) ? .succeeded : .refused,
                status: answer.status,
                answer: String(decoding: answer.body, as: UTF8.self).replacing("\0", with: "\u{fffd}"),
                retryAfter: answer.retryAfter
            )
        case .failure(.cancelled):
            return nil
        case .failure(let failure):
            logger.info(
                "A webhook endpoint was not reached",
                metadata: ["endpointId": "\(delivery.endpoint)", "deliveryId": "\(delivery.id)", "reason": "\(failure.rawValue)"]
            )
            let timedOut = failure == .timedOut
            return WebhookResult(
                startedAt: start,
                duration: duration,
                outcome: timedOut ? .timedOut : .unreachable,
                status: nil,
                answer: nil,
                retryAfter: nil
            )
        }
    }

    private func record(_ result: WebhookResult, of delivery: WebhookToSend, _ job: Job) async throws {
        let isGone = result.status == 410
        let isSlow = result.duration > slowAfter
        let mayRetry = result.outcome != .succeeded && !isGone && !delivery.isTest
        let retry = mayRetry ? schedule.delay(afterTry: delivery.tries + 1, retryAfter: result.retryAfter) : nil
        try await end(job) { tx in
            let sending = WebhookSendingRepository(tx)
            sending.record(result, of: delivery, retry: retry)
            if !delivery.isTest {
                if result.outcome == .succeeded {
                    sending.noteSuccess(of: delivery.endpoint, isSlow: isSlow)
                } else {
                    sending.noteFailure(of: delivery.endpoint, isSlow: isSlow)
                    sending.disable(delivery.endpoint, because: isGone ? .gone : .failing, schedule)
                }
            }
            if let retry {
                let next = WebhookJob.next(delivery, isSlow: isSlow, tries: delivery.tries + 1)
                JobRepository(tx).delay(next, on: isSlow ? .webhookSlow : .webhookDelivery, by: retry)
            }
        }
        if retry == nil { count(result.outcome == .succeeded ? "delivered" : "failed") }
    }

    /// - Parameter holding: for effects that enqueue: the job's own lane is taken before the lanes and the scheduling row that they take, as the dispatcher takes
    ///   them. The other way round each of the two would have what the other waits for.
    private func end(
        _ job: Job,
        as outcome: JobOutcome = .done,
        holding: Bool = false,
        _ effects: (TenantTransaction) -> Void
    ) async throws {
        try await database.tenant(job.merchant) { tx in
            if holding { JobRepository(tx).hold(job) }
            effects(tx)
            JobRepository(tx).complete(job, as: outcome)
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "maitre_webhook_deliveries_total", dimensions: [("outcome", outcome)]).increment()
    }

    private static func name(of outcome: Result<OutboundAnswer, OutboundFailure>) -> String {
        switch outcome {
        case .success(let answer):
            switch answer.status {
            case 200..<300: "succeeded"
            case 300..<400: "redirected"
            case 400..<500: "client_error"
            default: "server_error"
            }
        case .failure(let failure): failure.rawValue
        }
    }
}

extension NewJob {
    fileprivate static func release(of endpoint: WebhookEndpointID) -> NewJob { WebhookJob.release(of: endpoint) }
}

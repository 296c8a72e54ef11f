import AsyncHTTPClient
import Core
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// Takes updates out of the outbox, signs and POSTs them, and puts failed POSTs back for later.
struct WebhookSender: Sendable {
    /// A POST and the lanes that wait for its end.
    struct Job: Sendable {
        let post: WebhookPost
        let lanes: [WebhookLane]
    }

    private let meta: SimulatedMeta
    private let httpClient: HTTPClient
    private let signatures: [String: WebhookSignature]
    private let wrongSignature = WebhookSignature(appSecret: Secret("not the secret of any app"))

    init(meta: SimulatedMeta, httpClient: HTTPClient) {
        self.meta = meta
        self.httpClient = httpClient
        signatures = Dictionary(
            meta.configuration.apps.map { ($0.appID, WebhookSignature(appSecret: $0.appSecret)) }
        ) { first, _ in first }
    }

    /// Runs until cancelled: at most `concurrentWebhooks` POSTs at a time.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                while let job = meta.nextWebhook() { group.addTask { await deliver(job) } }
                // Every change that leaves something to send rings, the end of a POST among them.
                await meta.outboxBell.wait()
            }
            group.cancelAll()
        }
    }

    private func deliver(_ job: Job) async {
        var request = HTTPClientRequest(url: job.post.url)
        request.method = .POST
        let signature = job.post.isMissigned ? wrongSignature : signatures[job.post.appID] ?? wrongSignature
        request.headers = [
            "content-type": "application/json",
            "x-hub-signature-256": signature.header(for: job.post.body),
            "user-agent": "facebookexternalua",
            "accept": "*/*",
        ]
        request.body = .bytes(ByteBuffer(bytes: job.post.body))
        let timeout = TimeAmount.milliseconds(meta.configuration.delays.webhookTimeout.milliseconds)
        var isAnswered = false
        do {
            let response = try await httpClient.execute(request, timeout: timeout)
            isAnswered = response.status == .ok
            // The body is ignored, but it has to be read for the connection to be used again.
            for try await _ in response.body {}
        } catch {
            // No answer in time, or none at all: another try.
        }
        meta.finish(job, isAnswered: isAnswered)
    }
}

extension SimulatedMeta {
    /// The next POST: a repetition that is due, or fresh updates.
    func nextWebhook() -> WebhookSender.Job? {
        change { state, now in state.nextWebhook(at: now) }
    }

    /// What became of a POST.
    func finish(_ job: WebhookSender.Job, isAnswered: Bool) {
        change { state, now in state.finish(job, isAnswered: isAnswered, at: now) }
    }
}

extension SimulatorState {
    /// Whether there is something to send and a place to send it from. Without the second half a full sender would wake itself for ever.
    var canSendWebhook: Bool { outbox.hasWork && activeWebhooks < configuration.limits.concurrentWebhooks }

    mutating func nextWebhook(at now: Timestamp) -> WebhookSender.Job? {
        guard canSendWebhook else { return nil }
        if var post = outbox.popRetry() {
            post.isMissigned = false
            activeWebhooks += 1
            counters.webhookPosts += 1
            return WebhookSender.Job(post: post, lanes: [])
        }
        guard let (updates, lanes) = outbox.take(upTo: configuration.updatesPerWebhook), let lane = lanes.first else { return nil }
        activeWebhooks += 1
        counters.webhookPosts += 1
        counters.webhookUpdates += updates.count
        let post = post(updates, url: lane.url, appID: lane.appID, at: now)
        return WebhookSender.Job(post: post, lanes: lanes)
    }

    /// One body with all of `updates`, signed by `appID`.
    mutating func post(_ updates: [WebhookUpdate], url: String, appID: String, at now: Timestamp) -> WebhookPost {
        var post = WebhookPost(
            url: url,
            appID: appID,
            body: WebhookEnvelope.json(updates) { metadata($0) }.bytes(.meta),
            updateCount: updates.count,
            entries: updates.compactMap(\.entry),
            createdAt: now
        )
        post.isMissigned = faults.strike(.badSignature, phoneNumberID: updates.first?.phoneNumberID) != nil
        return post
    }

    mutating func finish(_ job: WebhookSender.Job, isAnswered: Bool, at now: Timestamp) {
        activeWebhooks -= 1
        outbox.release(job.lanes)
        if isAnswered {
            markAccepted(job.post.entries)
            return
        }
        counters.webhookFailures += 1
        var post = job.post
        post.attempt += 1
        let due = now + configuration.delays.retry(post.attempt)
        if due - post.createdAt > configuration.delays.webhookLifetime || timers.count >= configuration.limits.pendingUpdates {
            counters.webhooksDropped += post.updateCount
        } else {
            timers.schedule(.retry(post), at: due)
        }
    }
}

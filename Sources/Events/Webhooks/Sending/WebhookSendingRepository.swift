import Core
import Jobs
import Postgres
import Tenancy

/// What the workers do with deliveries. Every change names the round, so that a worker whose delivery was replayed meanwhile changes nothing.
struct WebhookSendingRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Makes the deliveries of `events` for every endpoint that wants them, and the jobs that send them. An endpoint that is paused or resumed at the same time
    /// waits for this, so that what is held for it is found by its release.
    func fanOut(_ events: [EventID]) {
        tx.append(
            """
            with wanted as (
                select e.id event_id, e.type, e.created_at, e.data, w.id endpoint_id, w.status, w.is_slow
                from app.events e join app.webhook_endpoints w on w.merchant_id = e.merchant_id
                where e.merchant_id = \(tx.merchant) and e.id = any(\(events)) and w.merchant_id = \(tx.merchant) and w.status <> 'disabled'
                    and w.created_at <= e.created_at and (w.event_types is null or e.type = any(w.event_types))
                for share of w),
            made as (
                insert into app.webhook_deliveries (merchant_id, id, endpoint_id, event_id, event_type, body, state, next_attempt_at)
                select \(tx.merchant), app.webhook_delivery_id(event_id, endpoint_id), endpoint_id, event_id, type,
                    '{"type":' || to_jsonb(type)::text || ',"timestamp":"' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                        || '","data":' || data::text || '}',
                    case status when 'paused' then 'held' else 'pending' end, case status when 'paused' then null else now() end
                from wanted on conflict do nothing
                returning id, endpoint_id, state)
            select app.enqueue_webhook_deliveries(array_agg(m.id), array_agg(m.endpoint_id), array_agg(1), array_agg(0),
                array_agg((select w.is_slow from wanted w where w.endpoint_id = m.endpoint_id limit 1)))
            from made m where m.state = 'pending' having count(*) > 0
            """
        )
        tx.wake(Queue.webhookDelivery.name)
        tx.wake(Queue.webhookSlow.name)
    }

    func find(_ id: WebhookDeliveryID) -> Pending<WebhookToSend?> {
        tx.append(
            """
            select d.id, d.endpoint_id, d.event_id, d.body, d.state, d.round, d.tries, d.is_test, w.url, w.status, coalesce(w.is_slow, false),
                exists (select from platform.merchants m where m.id = \(tx.merchant) and m.status = 'active')
            from app.webhook_deliveries d left join app.webhook_endpoints w on w.merchant_id = \(tx.merchant) and w.id = d.endpoint_id
            where d.merchant_id = \(tx.merchant) and d.id = \(id)
            """
        ) { rows in
            try rows.first { row in
                WebhookToSend(
                    id: try row.next(),
                    endpoint: try row.next(),
                    event: try row.next(),
                    body: try row.next(),
                    state: WebhookDelivery.State(rawValue: try row.next(String.self)) ?? .failed,
                    round: try row.next(),
                    tries: try row.next(),
                    isTest: try row.next(),
                    url: try row.next(),
                    status: try row.next(String?.self).flatMap { WebhookEndpoint.Status(rawValue: $0) },
                    isSlow: try row.next(),
                    merchantIsActive: try row.next()
                )
            }
        }
    }

    /// The secrets of a delivery's endpoint, the current one first.
    func secrets(for id: WebhookDeliveryID) -> Pending<[SealedWebhookSecret]> {
        tx.append(
            """
            select s.id, s.secret_sealed from app.webhook_secrets s
            where s.merchant_id = \(tx.merchant) and (s.expires_at is null or s.expires_at > clock_timestamp()) and s.endpoint_id = (
                select d.endpoint_id from app.webhook_deliveries d where d.merchant_id = \(tx.merchant) and d.id = \(id))
            order by s.expires_at desc nulls first, s.id desc
            """
        ) { rows in try rows.map { row in SealedWebhookSecret(id: try row.next(), sealed: try row.next()) } }
    }

    /// Lets a delivery wait for its paused endpoint; where that was resumed meanwhile, the delivery gets another job.
    func hold(_ delivery: WebhookToSend) {
        // Whoever resumes waits for us, or we for them.
        tx.append("select from app.webhook_endpoints where merchant_id = \(tx.merchant) and id = \(delivery.endpoint) for share")
        tx.append(
            """
            update app.webhook_deliveries d set state = 'held', next_attempt_at = null
            where d.merchant_id = \(tx.merchant) and d.id = \(delivery.id) and d.round = \(Int32(delivery.round)) and d.state = 'pending' and exists (
                select from app.webhook_endpoints w where w.merchant_id = \(tx.merchant) and w.id = \(delivery.endpoint) and w.status = 'paused')
            """
        )
        enqueue(delivery)
    }

    /// Another job for a pending delivery, on the queue that its endpoint has now.
    func enqueue(_ delivery: WebhookToSend) {
        tx.append(
            """
            select app.enqueue_webhook_deliveries(array[d.id], array[d.endpoint_id], array[d.round], array[d.tries], array[w.is_slow])
            from app.webhook_deliveries d join app.webhook_endpoints w on w.merchant_id = \(tx.merchant) and w.id = d.endpoint_id
            where d.merchant_id = \(tx.merchant) and d.id = \(delivery.id) and d.round = \(Int32(delivery.round)) and d.state = 'pending'
            """
        )
        tx.wake(Queue.webhookDelivery.name)
        tx.wake(Queue.webhookSlow.name)
    }

    /// Sends what was held, some of it, and then the rest by another job.
    func release(_ endpoint: WebhookEndpointID, limit: Int, next: NewJob) {
        tx.append(
            """
            with chosen as (
                select d.id from app.webhook_deliveries d
                where d.merchant_id = \(tx.merchant) and d.endpoint_id = \(endpoint) and d.state = 'held' and exists (
                    select from app.webhook_endpoints w where w.merchant_id = \(tx.merchant) and w.id = \(endpoint) and w.status = 'active')
                order by d.id limit \(limit: limit)),
            changed as (
                update app.webhook_deliveries d set state = 'pending', next_attempt_at = now()
                where d.merchant_id = \(tx.merchant) and d.id in (select id from chosen) and d.state = 'held'
                returning d.id, d.endpoint_id, d.round, d.tries),
            enqueued as (
                select app.enqueue_webhook_deliveries(
                    array_agg(id), array_agg(endpoint_id), array_agg(round), array_agg(tries), array_agg(false)) from changed having count(*) > 0),
            again as (
                select queue.tenant_enqueue('webhook_delivery', array[\(next.key)], array[\(next.kind)], array[\(next.arguments)])
                where (select count(*) from chosen) >= \(Int64(limit)))
            select (select count(*) from enqueued), (select count(*) from again)
            """
        )
        tx.wake(Queue.webhookDelivery.name)
    }

    /// Gives a delivery up without a request.
    func fail(_ delivery: WebhookToSend) {
        tx.append(
            """
            update app.webhook_deliveries d set state = 'failed', next_attempt_at = null, finished_at = now()
            where d.merchant_id = \(tx.merchant) and d.id = \(delivery.id) and d.round = \(Int32(delivery.round)) and d.state = 'pending'
            """
        )
    }

    /// Writes down what a request came to.
    ///
    /// - Parameter retry: when to try again; nil for never.
    func record(_ result: WebhookResult, of delivery: WebhookToSend, retry: Duration?) {
        tx.append(
            """
            insert into app.webhook_attempts (merchant_id, id, delivery_id, started_at, duration_ms, outcome, status, answer)
            values (\(tx.merchant), \(WebhookAttemptID.new()), \(delivery.id), \(result.startedAt), \(Int32(clamping: max(0, result.duration.milliseconds))),
                \(result.outcome.rawValue), \(result.status.map { Int16(clamping: $0) }), \(result.answer))
            """
        )
        let state: WebhookDelivery.State = result.outcome == .succeeded ? .delivered : retry == nil ? .failed : .pending
        tx.append(
            """
            update app.webhook_deliveries d set state = \(state.rawValue), tries = d.tries + 1, attempts = d.attempts + 1,
                last_status = \(result.status.map { Int16(clamping: $0) }), last_outcome = \(result.outcome.rawValue),
                next_attempt_at = clock_timestamp() + \(retry?.microseconds) * interval '1 microsecond',
                finished_at = case when \(state != .pending) then clock_timestamp() end
            where d.merchant_id = \(tx.merchant) and d.id = \(delivery.id) and d.round = \(Int32(delivery.round)) and d.state = 'pending'
            """
        )
    }

    /// An endpoint that works costs no write.
    func noteSuccess(of endpoint: WebhookEndpointID, isSlow: Bool) {
        tx.append(
            """
            update app.webhook_endpoints set failing_since = null, failures = 0, is_slow = \(isSlow)
            where merchant_id = \(tx.merchant) and id = \(endpoint) and (failing_since is not null or failures > 0 or is_slow <> \(isSlow))
            """
        )
    }

    func noteFailure(of endpoint: WebhookEndpointID, isSlow: Bool) {
        tx.append(
            """
            update app.webhook_endpoints set failing_since = coalesce(failing_since, clock_timestamp()), failures = failures + 1, is_slow = \(isSlow)
            where merchant_id = \(tx.merchant) and id = \(endpoint)
            """
        )
    }

    /// Gives an endpoint up: at once when it is gone, otherwise when it has failed for as long and as often as `schedule` says. Told by an event, an audit entry
    /// and a job that writes to the owners, once.
    func disable(_ endpoint: WebhookEndpointID, because reason: WebhookEndpoint.Reason, _ schedule: WebhookSchedule) {
        let entry = AuditEntry(
            action: .webhookEndpointDisabled,
            subject: AuditSubject("webhook_endpoint", endpoint),
            of: tx.merchant,
            by: .system("webhooks"),
            details: ["reason": .text(reason.rawValue)]
        )
        tx.append(
            """
            with changed as (
                update app.webhook_endpoints w set status = 'disabled', status_reason = \(reason.rawValue), status_at = now(), version = version + 1,
                    updated_at = now()
                where w.merchant_id = \(tx.merchant) and w.id = \(endpoint) and w.status <> 'disabled' and (\(reason == .gone)
                    or (w.failures >= \(Int32(clamping: schedule.disableAfterFailures))
                        and w.failing_since <= clock_timestamp() - \(schedule.disableAfter.microseconds) * interval '1 microsecond'))
                returning w.id, w.url, w.failing_since),
            told as (
                insert into app.events (merchant_id, id, type, data)
                select \(tx.merchant), \(EventID.new()), 'webhook_disabled', jsonb_build_object('webhookEndpointId', id, 'reason', \(reason.rawValue),
                    'failingSince', to_char(failing_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                from changed),
            audited as (\(audit: entry) from changed)
            select queue.tenant_enqueue('webhook_delivery', array['alert:' || id], array['alert'],
                array[jsonb_build_object('url', url, 'reason', \(reason.rawValue))]) from changed
            """
        )
        tx.tellEvents()
        tx.wake(Queue.webhookDelivery.name)
    }
}

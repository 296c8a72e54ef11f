import Core
import Postgres
import Tenancy

/// The merchant's log of deliveries.
struct WebhookDeliveryRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func find(_ id: WebhookDeliveryID) -> Pending<WebhookDelivery?> {
        tx.append("select \(unescaped: Self.columns) from app.webhook_deliveries where merchant_id = \(tx.merchant) and id = \(id)") {
            rows in
            try rows.first(Self.decode)
        }
    }

    /// What was sent at every attempt.
    func body(_ id: WebhookDeliveryID) -> Pending<String?> {
        tx.append("select body from app.webhook_deliveries where merchant_id = \(tx.merchant) and id = \(id)") { rows in
            try rows.first { row in try row.next(String.self) }
        }
    }

    /// The last hundred, newest first.
    func attempts(of id: WebhookDeliveryID) -> Pending<[WebhookAttempt]> {
        tx.append(
            """
            select id, started_at, duration_ms, outcome, status, answer from app.webhook_attempts
            where merchant_id = \(tx.merchant) and delivery_id = \(id) order by id desc limit 100
            """
        ) { rows in
            try rows.map { row in
                WebhookAttempt(
                    id: try row.next(),
                    startedAt: try row.next(),
                    durationMilliseconds: try row.next(),
                    outcome: WebhookAttempt.Outcome(rawValue: try row.next(String.self)) ?? .unreachable,
                    status: try row.next(),
                    answer: try row.next()
                )
            }
        }
    }

    /// Newest first, from just before `before`; at most `limit`.
    func page(_ filter: WebhookDeliveryFilter, before: WebhookDeliveryID?, limit: Int) -> Pending<[WebhookDelivery]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.webhook_deliveries
            where merchant_id = \(tx.merchant) and \(matching: filter, before: before)
            order by id desc limit \(limit: limit)
            """
        ) { rows in Array(try rows.map(Self.decode).prefix(limit)) }
    }

    // MARK: Sending again

    /// Begins a new round for a delivery that has ended; nil when it has not, or is not there.
    func replay(_ id: WebhookDeliveryID, telling entry: AuditEntry) -> Pending<WebhookDelivery?> {
        tx.append(
            """
            with changed as (
                update app.webhook_deliveries d set state = 'pending', round = d.round + 1, tries = 0, next_attempt_at = now(), finished_at = null
                from app.webhook_endpoints w
                where d.merchant_id = \(tx.merchant) and d.id = \(id) and d.state in ('delivered', 'failed')
                    and w.merchant_id = d.merchant_id and w.id = d.endpoint_id and w.status = 'active'
                returning d.*, w.is_slow),
            audited as (\(audit: entry) from changed),
            enqueued as (
                select app.enqueue_webhook_deliveries(array[c.id], array[c.endpoint_id], array[c.round], array[0], array[c.is_slow]) from changed c)
            select \(unescaped: Self.columns), (select count(*) from enqueued) from changed
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// The same for an endpoint's failed deliveries of a time, oldest first, at most `replayLimit`; how many.
    func replayFailed(of endpoint: WebhookEndpointID, from: Timestamp, to: Timestamp?) -> Pending<Int> {
        tx.append(
            """
            with chosen as (
                select d.id from app.webhook_deliveries d
                where d.merchant_id = \(tx.merchant) and d.endpoint_id = \(endpoint) and d.state = 'failed' and not d.is_test
                    and d.created_at >= \(from) and d.created_at < coalesce(\(to), 'infinity')
                order by d.id limit \(limit: Self.replayLimit) for update skip locked),
            changed as (
                update app.webhook_deliveries d set state = 'pending', round = d.round + 1, tries = 0, next_attempt_at = now(), finished_at = null
                where d.merchant_id = \(tx.merchant) and d.id in (select id from chosen) returning d.id, d.endpoint_id, d.round),
            enqueued as (
                select app.enqueue_webhook_deliveries(
                    array_agg(c.id), array_agg(c.endpoint_id), array_agg(c.round), array_agg(0), array_agg(w.is_slow))
                from changed c join app.webhook_endpoints w on w.merchant_id = \(tx.merchant) and w.id = c.endpoint_id having count(*) > 0)
            select (select count(*) from changed), (select count(*) from enqueued)
            """
        ) { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
    }

    /// Adds a delivery that is only a test, sent once, whatever the endpoint's filter.
    func insertTest(_ id: WebhookDeliveryID, of endpoint: WebhookEndpointID, type: String, body: String, telling entry: AuditEntry)
        -> Pending<
            WebhookDelivery?
        >
    {
        tx.append(
            """
            with made as (
                insert into app.webhook_deliveries (merchant_id, id, endpoint_id, event_id, event_type, body, is_test, next_attempt_at)
                select \(tx.merchant), \(id), w.id, \(id.uuid), \(type), \(body), true, now() from app.webhook_endpoints w
                where w.merchant_id = \(tx.merchant) and w.id = \(endpoint) and w.status <> 'disabled'
                returning *),
            audited as (\(audit: entry) from made),
            enqueued as (
                select app.enqueue_webhook_deliveries(array[m.id], array[m.endpoint_id], array[1], array[0], array[w.is_slow])
                from made m join app.webhook_endpoints w on w.merchant_id = m.merchant_id and w.id = m.endpoint_id)
            select \(unescaped: Self.columns), (select count(*) from enqueued) from made
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Deliveries of one transaction, which must stay short.
    static let replayLimit = 1000

    private static let columns = """
        id, endpoint_id, event_id, event_type, is_test, state, attempts, next_attempt_at, last_status, last_outcome, created_at, finished_at
        """

    private static func decode(_ row: inout PostgresRow) throws -> WebhookDelivery {
        WebhookDelivery(
            id: try row.next(),
            endpoint: try row.next(),
            event: try row.next(),
            eventType: try row.next(),
            isTest: try row.next(),
            state: WebhookDelivery.State(rawValue: try row.next(String.self)) ?? .failed,
            attempts: try row.next(),
            nextAttemptAt: try row.next(),
            lastStatus: try row.next(),
            lastOutcome: try row.next(String?.self).flatMap { WebhookAttempt.Outcome(rawValue: $0) },
            createdAt: try row.next(),
            finishedAt: try row.next()
        )
    }
}

extension Statement.StringInterpolation {
    /// Inserts the condition of a page of the log. Bounds of time are bounds of ids too, so that only the partitions of those weeks are read; what is asked for
    /// decides which index serves, so it is part of the statement's text.
    fileprivate mutating func appendInterpolation(matching filter: WebhookDeliveryFilter, before: WebhookDeliveryID?) {
        appendLiteral("id < coalesce(")
        appendInterpolation(before)
        appendLiteral(", 'ffffffff-ffff-ffff-ffff-ffffffffffff')")
        condition(" and endpoint_id = ", filter.endpoint)
        condition(" and state = ", filter.state?.rawValue)
        condition(" and event_type = ", filter.eventType)
        condition(" and event_id = ", filter.event)
        // The id has the time of the event, which was told a moment later.
        condition(" and created_at >= ", filter.from)
        condition(" and created_at < ", filter.to)
        if let from = filter.from {
            appendLiteral(" and id >= app.uuid_v7_floor(date_trunc('milliseconds', ")
            appendInterpolation(from)
            appendLiteral("::timestamptz) - interval '7 days')")
        }
    }

    private mutating func condition<Value: PostgresEncodable>(_ text: String, _ value: Value?) {
        guard let value else { return }
        appendLiteral(text)
        appendInterpolation(value)
    }
}

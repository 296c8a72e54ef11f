import Core
import Logging
import Postgres
import Testing

@testable import Jobs
@testable import Messaging

@Suite("What is past its keeping")
struct RetentionTests {
    @Test("Old references, answers, quarantine and dead letters go; young ones and everything else stay")
    func sweep() async throws {
        try await MessagingFixture.run { fixture in
            let key = "'\(fixture.merchant)', 'POST /x', %s, decode(repeat('00', 32), 'hex'), 201, '\\x00'"
            try await fixture.sql(
                """
                insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id, created_at)
                select '\(fixture.merchant)', '\(fixture.channel)', 'wamid.' || days, gen_random_uuid(), '\(fixture.conversation)',
                    now() - days * interval '1 day' from unnest(array[29, 31]) days;
                insert into app.idempotency_keys (merchant_id, operation, key, fingerprint, status, body, created_at)
                values (\(key.replacing("%s", with: "'young'")), now() - interval '23 hours'),
                    (\(key.replacing("%s", with: "'old'")), now() - interval '25 hours');
                insert into platform.idempotency_keys (id, fingerprint, status, location, body_sealed, created_at)
                select gen_random_uuid(), decode(repeat('00', 32), 'hex'), 201, hours::text, '\\x00', now() - hours * interval '1 hour'
                from unnest(array[23, 25, 26, 27, 28]) hours;
                insert into inbox.quarantine (id, provider, reason, dedupe_id, payload, received_at)
                select app.uuid_v7_floor(now() - days * interval '1 day'), 'meta', 'unreadable', gen_random_uuid(), convert_to(days::text, 'UTF8'),
                    now() - days * interval '1 day'
                from unnest(array[89, 91]) days;
                insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error, died_at)
                select 'inbound', '\(fixture.merchant)', 'k', days, 'message', '{}', 10, now(), 10, 'x', now() - days * interval '1 day'
                from unnest(array[89, 91]) days;
                insert into inbox.spent_signatures (merchant_id, signature, expires_at)
                select '\(fixture.merchant)', sha256(minutes::text::bytea), now() + minutes * interval '1 minute'
                from unnest(array[-4, -3, -2, -1, 1]) minutes;
                insert into app.outside_orders (merchant_id, id, channel_id, type, event_id, order_id, payload, happened_at, received_at)
                select '\(fixture.merchant)', gen_random_uuid(), '\(fixture.channel)', 'order_created', days::text, 'o', '\\x00', now(),
                    now() - days * interval '1 day'
                from unnest(array[89, 91, 92, 93]) days;
                """
            )
            try await Retention(database: fixture.tenant, platform: fixture.platform, logger: Logger(label: "test")).sweep(limit: 2)
            #expect(try await fixture.column("select provider_message_id from app.message_references") == ["wamid.29"])
            #expect(try await fixture.column("select key from app.idempotency_keys") == ["young"])
            #expect(try await fixture.column("select location from platform.idempotency_keys") == ["23"])
            #expect(try await fixture.column("select convert_from(payload, 'UTF8') from inbox.quarantine") == ["89"])
            #expect(try await fixture.column("select id::text from queue.jobs_dead") == ["89"])
            #expect(try await fixture.column("select (signature = sha256('1'))::text from inbox.spent_signatures") == ["true"])
            #expect(try await fixture.column("select event_id from app.outside_orders") == ["89"])
            #expect(try await fixture.column("select count(*)::text from app.conversations") == ["1"])
        }
    }

    @Test("A dead letter takes its update along, and is read from there when the inbox has dropped it")
    func deadLetter() async throws {
        try await MessagingFixture.run { fixture in
            let update = """
                {"field":"messages","value":{"metadata":{"phone_number_id":"42"},"message":{"from":"966500000001","id":"wamid.9",
                "timestamp":"1700000000","type":"text","text":{"body":"late"}}}}
                """
            try await fixture.sql(
                """
                insert into inbox.updates (event_day, id, provider, merchant_id, channel_id, kind, payload)
                values ('1970-01-01', '0198a000-0000-7000-8000-000000000001', 'meta', '\(fixture.merchant)', '\(fixture.channel)', 'message',
                    convert_to('\(update)', 'UTF8'));
                insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error)
                values ('inbound', '\(fixture.merchant)', 'k', 7, 'message',
                    '{"day": "1970-01-01", "id": "0198a000-0000-7000-8000-000000000001"}', 10, now(), 10, 'x');
                """
            )
            let handler = InboundHandler(
                platform: fixture.platform,
                database: fixture.tenant,
                responder: SilentResponder(),
                logger: Logger(label: "test")
            )
            let arguments = #"{"day": "1970-01-01", "id": "0198a000-0000-7000-8000-000000000001"}"#
            await handler.bury(Self.job(arguments, fixture))
            try await fixture.sql("delete from inbox.updates")
            #expect(try await handler.load([Self.job(arguments, fixture)]).isEmpty)
            let kept = try #require(try await fixture.column("select args::text from queue.jobs_dead where id = 7").first)
            let loaded = try #require(try await handler.load([Self.job(kept, fixture)]).first)
            #expect(loaded.input.channel == fixture.channel)
            let hexadecimal = Array(update.utf8).hexadecimal
            #expect(kept.contains(hexadecimal))
        }
    }

    @Test("A dead letter of an outside bot is read as what it is")
    func outsideDeadLetter() async throws {
        try await MessagingFixture.run { fixture in
            let update = #"{"id":"e","type":"bot_disconnected","timestamp":"2026-01-31T18:30:00Z","data":{"reason":"late"}}"#
            let reference = #"{"day": "1970-01-01", "id": "0198a000-0000-7000-8000-000000000002"}"#
            try await fixture.sql(
                """
                insert into inbox.updates (event_day, id, provider, merchant_id, channel_id, kind, payload)
                values ('1970-01-01', '0198a000-0000-7000-8000-000000000002', 'outside', '\(fixture.merchant)', '\(fixture.channel)', 'bot_disconnected',
                    convert_to('\(update)', 'UTF8'));
                insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error)
                values ('inbound', '\(fixture.merchant)', 'k', 7, 'bot_disconnected', '\(reference)', 10, now(), 10, 'x');
                """
            )
            let handler = InboundHandler(
                platform: fixture.platform,
                database: fixture.tenant,
                responder: SilentResponder(),
                logger: Logger(label: "test")
            )
            await handler.bury(Self.job(reference, fixture))
            try await fixture.sql("delete from inbox.updates")
            let kept = try #require(try await fixture.column("select args::text from queue.jobs_dead where id = 7").first)
            let loaded = try #require(try await handler.load([Self.job(kept, fixture)]).first)
            guard case .outside(let event, let payload) = loaded.input.update, case .disconnected("late") = event.content else {
                throw JobError("read as something else")
            }
            #expect(payload == Array(update.utf8))
        }
    }

    private static func job(_ arguments: String, _ fixture: MessagingFixture) -> Job {
        Job(
            queue: .inbound,
            merchant: fixture.merchant,
            key: "k",
            id: 7,
            lease: 1,
            attempt: 1,
            kind: "message",
            arguments: PostgresJSON(arguments),
            maxAttempts: 10,
            enqueuedAt: .now
        )
    }
}

private struct SilentResponder: InboundResponder {
    func respond(to message: InboundMessage, in context: ConversationContext) async throws -> BotResponse { .none }
}

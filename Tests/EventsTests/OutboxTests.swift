import Core
import Foundation
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Events

/// What is kept, how far back positions reach, and what reading costs.
@Suite("The outbox", .serialized)
struct OutboxTests {
    @Test("Everybody's events are read page by page from the beginning, in order, each once")
    func pages() async throws {
        try await EventsFixture.run(merchants: 3) { fixture in
            try await fixture.withNode { node in
                let reader = OutboxReader(database: node.platform)
                #expect(try await reader.read(after: nil, limit: 10).isEmpty)
                for number in 0..<50 { try await fixture.append(number, to: fixture.merchants[number % 3], through: node) }
                try await fixture.settled()
                var position: EventPosition?
                var numbers: [Int] = []
                while true {
                    let events = try await reader.read(after: position, limit: 7)
                    if events.isEmpty { break }
                    numbers += events.map(\.number)
                    position = events.last?.position
                    // It means the same after a journey through a client or a table.
                    position = position.flatMap { EventPosition($0.description) }
                }
                #expect(numbers == Array(0..<50))
                let end = try await reader.end()
                #expect(try await reader.read(after: end, limit: 10).isEmpty)
                try await fixture.append(50, to: fixture.merchant, through: node)
                try await fixture.settled()
                #expect(try await reader.read(after: end, limit: 10).map(\.number) == [50])
            }
        }
    }

    @Test("A position of the future, of another installation, or before what is kept is gone")
    func gone() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                let reader = OutboxReader(database: node.platform)
                let feed = EventFeed(tenant: node.tenant, platform: node.platform)
                let end = try await node.hub.end()
                try await fixture.append(1, to: fixture.merchant, through: node)
                try await fixture.settled()
                let strangers = [
                    EventPosition(epoch: end.epoch, xid: end.xid + 1_000_000_000, id: end.id),
                    EventPosition(epoch: end.epoch + 1, xid: end.xid, id: end.id), EventPosition(epoch: end.epoch &- 1, xid: 0, id: end.id),
                ]
                for position in strangers {
                    await #expect(throws: EventStreamError.gone) { try await reader.read(after: position, limit: 10) }
                    await #expect(throws: EventStreamError.gone) {
                        try await feed.page(of: fixture.merchant, after: position, types: nil, limit: 10)
                    }
                    await #expect(throws: EventStreamError.gone) {
                        try await feed.page(of: fixture.merchant, after: position, types: [.messageSent], limit: 10)
                    }
                    guard case .gone = try await node.hub.replay(fixture.merchant, after: position, limit: 10) else {
                        Issue.record("\(position) was replayed")
                        return
                    }
                }
                #expect(try await feed.page(of: fixture.merchant, after: end, types: nil, limit: 10).events.map(\.number) == [1])
            }
        }
    }

    @Test("J3: partitions of days are made and dropped; a position before what was dropped is gone, one after it is not")
    func rotation() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                let partitions =
                    "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
                    + "where i.inhparent = 'app.events'::regclass order by 1"
                let before = try await fixture.sql(partitions)
                let days = try await fixture.sql(
                    "select to_char((now() at time zone 'UTC')::date + n, 'YYYYMMDD') from generate_series(-1, 3) n"
                )
                #expect(before == days.map { "events_\($0)" })
                // Ten days ago there was a day, too, and 40 days ago one of the months of older installations.
                try await fixture.sql(
                    """
                    do $$ begin
                    set local role maitre_owner;
                    execute format('create table app.events_old partition of app.events for values from (%L) to (%L)',
                        app.uuid_v7_floor(now() - interval '60 days'), app.uuid_v7_floor(now() - interval '30 days'));
                    execute format('create table app.events_days partition of app.events for values from (%L) to (%L)',
                        app.uuid_v7_floor(now() - interval '12 days'), app.uuid_v7_floor(now() - interval '10 days'));
                    end $$
                    """
                )
                let start = try await node.hub.end()
                let old = [40.0, 11, 11].map { days in EventID.new(at: Timestamp.now - Duration.seconds(days * 86_400)) }
                var positions: [EventPosition] = []
                for id in old {
                    try await node.tenant.tenant(fixture.merchant) { tx in
                        tx.append(
                            """
                            insert into app.events (merchant_id, id, type, data)
                            values (\(tx.merchant), \(id), 'conversation_updated', '{"n": 0}')
                            """
                        )
                    }
                    try await fixture.settled()
                    positions.append(try await node.hub.end())
                }
                try await fixture.append(1, to: fixture.merchant, through: node)
                try await fixture.settled()
                let reader = OutboxReader(database: node.platform)
                #expect(try await reader.read(after: start, limit: 10).count == 4)
                let done = try await node.platform.platform { tx in OutboxRepository(tx).rotate(days: 7) }
                #expect(done == ["dropped app.events_old", "dropped app.events_days"])
                #expect(try await fixture.sql(partitions) == before)
                await #expect(throws: EventStreamError.gone) { try await reader.read(after: start, limit: 10) }
                await #expect(throws: EventStreamError.gone) { try await reader.read(after: positions[0], limit: 10) }
                await #expect(throws: EventStreamError.gone) { try await reader.read(after: positions[1], limit: 10) }
                // Everything after the last of them is still there.
                #expect(try await reader.read(after: positions[2], limit: 10).map(\.number) == [1])
                #expect(try await reader.read(after: nil, limit: 10).map(\.number) == [1])
                #expect(try await reader.read(after: reader.beginning(), limit: 10).map(\.number) == [1])
                // Again, there is nothing to do; and nonsense is refused.
                #expect(try await node.platform.platform { tx in OutboxRepository(tx).rotate(days: 7) }.isEmpty)
                let failure = await postgresFailure { _ = try await node.platform.platform { tx in OutboxRepository(tx).rotate(days: 0) } }
                #expect(failure?.sqlState == "22023")
                #expect(try await CatalogueAudit(client: node.platformClient).findings() == [])
            }
        }
    }

    @Test("J5: in a restored database old positions are gone, and what was written under ids to come is not told again one day")
    func restored() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                let before = try await node.hub.end()
                for number in 1...3 { try await fixture.append(number, to: fixture.merchant, through: node) }
                try await fixture.settled()
                // As after a restore from a dump into a young cluster: another identity, and rows of transactions that this one has not had.
                try await fixture.sql(
                    """
                    with moved as (update app.events set xid = (xid::text::bigint + 1000000000)::text::xid8)
                    update platform.event_stream set identity = 'of another cluster'
                    """
                )
                let reader = OutboxReader(database: node.platform)
                await #expect(throws: EventStreamError.gone) { try await reader.read(after: before, limit: 10) }
                let after = try await reader.end()
                #expect(after.epoch != before.epoch)
                #expect(try await reader.read(after: after, limit: 10).isEmpty)
                // They are there, at the beginning, in their order.
                #expect(try await reader.read(after: nil, limit: 10).map(\.number) == [1, 2, 3])
                try await fixture.append(4, to: fixture.merchant, through: node)
                try await fixture.settled()
                #expect(try await reader.read(after: after, limit: 10).map(\.number) == [4])
                guard case .gone = try await node.hub.replay(fixture.merchant, after: before, limit: 10) else {
                    Issue.record("replayed")
                    return
                }
                #expect(
                    try await fixture.sql("select relforcerowsecurity::text from pg_class where oid = 'app.events'::regclass") == ["true"]
                )
            }
        }
    }

    @Test("Whoever watches while the database is exchanged for a restored one is told to read everything anew")
    func restoredUnderneath() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                _ = try await node.hub.end()
                let subscription = node.hub.subscribe(fixture.merchant)
                try await fixture.append(1, to: fixture.merchant, through: node)
                try await fixture.sql("update platform.event_stream set identity = 'of another cluster'")
                await #expect(throws: EventSubscriptionEnd.lost) {
                    for try await _ in subscription {}
                }
                try await collecting(node.hub.subscribe(fixture.merchant)) { received in
                    try await fixture.append(2, to: fixture.merchant, through: node)
                    try await received.wait("what comes") { $0.numbers.contains(2) }
                }
            }
        }
    }

    @Test("GET /events: pages, the last ones, filters, and a filter that finds nothing among many")
    func feed() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.withNode { node in
                let feed = EventFeed(tenant: node.tenant, platform: node.platform)
                let empty = try await feed.page(of: fixture.merchant, after: nil, types: nil, limit: 10)
                #expect(empty.events.isEmpty && !empty.hasMore)
                for number in 1...30 { try await fixture.append(number, to: fixture.merchant, through: node) }
                try await fixture.append(99, to: fixture.merchants[1], through: node)
                try await fixture.settled()
                let last = try await feed.page(of: fixture.merchant, after: nil, types: nil, limit: 10)
                #expect(last.events.map(\.number) == Array(21...30))
                #expect(!last.hasMore)
                #expect(try await feed.page(of: fixture.merchant, after: last.next, types: nil, limit: 10).events.isEmpty)
                var (position, numbers, sizes) = (empty.next, [Int](), [Int]())
                while true {
                    let page = try await feed.page(of: fixture.merchant, after: position, types: nil, limit: 12)
                    numbers += page.events.map(\.number)
                    sizes.append(page.events.count)
                    position = page.next
                    if !page.hasMore { break }
                }
                #expect(numbers == Array(1...30))
                #expect(sizes == [12, 12, 6])
                // 25,000 of other types: no page looks at more than 10,000, and asking on finds what is behind them.
                try await fixture.sql(
                    """
                    insert into app.events (merchant_id, id, type, data)
                    select '\(fixture.merchant)', app.uuid_v7(), 'message_status_changed', '{"n": -2}' from generate_series(1, 25000)
                    """
                )
                try await fixture.append(31, to: fixture.merchant, through: node)
                try await fixture.settled()
                (position, numbers, sizes) = (empty.next, [], [])
                while true {
                    let page = try await feed.page(of: fixture.merchant, after: position, types: [.conversationUpdated], limit: 100)
                    numbers += page.events.map(\.number)
                    sizes.append(page.events.count)
                    #expect(page.next > position)
                    position = page.next
                    if !page.hasMore { break }
                }
                #expect(numbers == Array(1...31))
                #expect(sizes == [30, 0, 1])
                let lastOfType = try await feed.page(of: fixture.merchant, after: nil, types: [.conversationUpdated], limit: 10)
                #expect(lastOfType.events.map(\.number) == [31])
            }
        }
    }

    @Test(
        "Design 7: a read touches what it returns, with plans that know nothing of their parameters, in an empty, a normal and a large table"
    )
    func cost() async throws {
        try await EventsFixture.run { fixture in
            try await fixture.sql("alter database \"\(fixture.database.database.name)\" set plan_cache_mode = 'force_generic_plan'")
            for (round, rows) in [0, 3000, 60_000].enumerated() {
                try await fixture.sql(
                    """
                    insert into app.events (merchant_id, id, type, data)
                    select case n % 10 when 0 then '\(fixture.merchant)' else gen_random_uuid() end::uuid, app.uuid_v7(),
                        'message_sent', '{"n": -1}' from generate_series(1, \(rows)) n
                    """
                )
                // As autovacuum does.
                try await fixture.sql("analyze app.events")
                try await fixture.settled()
                // Half of them come after this position, which is in the middle of one transaction.
                let middle = try await fixture.sql("select xid || ' ' || id from app.events order by xid, id offset \(rows / 2) limit 1")
                let parts = middle.first?.split(separator: " ").map(String.init) ?? ["0", EventID.new().description]
                try await fixture.sql("select pg_stat_reset()::text")
                let times = 20
                try await fixture.withNode { node in
                    let epoch = try await node.hub.end().epoch
                    let position = EventPosition(epoch: epoch, xid: try #require(UInt64(parts[0])), id: try #require(EventID(parts[1])))
                    for number in 0..<times {
                        try await fixture.append(number, to: fixture.merchant, through: node)
                        _ = try await node.platform.platform { tx in OutboxRepository(tx).read(after: position, limit: 25) }
                        let end = try await node.hub.end()
                        _ = try await node.platform.platform { tx in OutboxRepository(tx).read(after: end, limit: 1000) }
                        _ = try await node.tenant.tenant(fixture.merchant) { tx in
                            (
                                EventRepository(tx).events(after: position, limit: 25),
                                EventRepository(tx).events(after: position, types: [.botConnected], limit: 25),
                                EventRepository(tx).events(before: nil, types: [.messageSent], limit: 25),
                                EventRepository(tx).events(before: position, types: nil, limit: 25)
                            )
                        }
                    }
                }
                let touched = try await fixture.touched(atLeast: round == 0 ? 1 : times * 25)
                // Five reads of at most 26 rows, one row of what waits, and the row that was appended; the whole table would be \(rows) each time.
                #expect(touched <= times * 25 * 6, "\(touched) rows in a table of \(rows)")
            }
        }
    }
}

extension EventsFixture {
    /// Rows of events that were read since the counters were reset, when these have come.
    fileprivate func touched(atLeast least: Int) async throws -> Int {
        for _ in 0..<200 {
            let read = try await sql(
                """
                select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::text from pg_stat_user_tables
                where schemaname = 'app' and relname like 'events%'
                """
            )
            if let rows = read.first.flatMap({ Int($0) }), rows >= least { return rows }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw DidNotHappen(what: "the counters come")
    }
}

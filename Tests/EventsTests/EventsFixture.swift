import Core
import Foundation
import Jobs
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy
import TestSupport

@testable import Events

/// A migrated database with merchants, and nodes on it.
struct EventsFixture: Sendable {
    let database: MigratedDatabase
    let merchants: [MerchantID]

    var merchant: MerchantID { merchants[0] }

    static func run(merchants count: Int = 2, _ body: (EventsFixture) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            let merchants = (0..<count).map { _ in MerchantID.new() }
            let fixture = EventsFixture(database: database, merchants: merchants)
            for (index, merchant) in merchants.enumerated() {
                try await fixture.sql(
                    """
                    insert into platform.merchants (id, name, time_zone, locale, currency)
                    values ('\(merchant)', 'M\(index)', 'UTC', 'en', 'SAR')
                    """
                )
            }
            try await body(fixture)
        }
    }

    /// As a superuser whom no policy stops.
    @discardableResult
    func sql(_ statement: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: statement)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    /// Appends one event whose data is `{"n":…}`.
    func append(_ number: Int, to merchant: MerchantID, through node: Node) async throws {
        try await node.tenant.tenant(merchant) { tx in Self.append(number, tx) }
    }

    static func append(_ number: Int, _ tx: TenantTransaction) {
        tx.append(
            """
            insert into app.events (merchant_id, id, type, data)
            values (\(tx.merchant), \(EventID.new()), 'conversation_updated', jsonb_build_object('n', \(number)))
            """
        )
        tx.tellEvents()
    }

    /// Waits until everything that was committed so far may be read: transactions of other tests in the same cluster hold readers up, too.
    func settled() async throws {
        let last = try await sql("select pg_current_xact_id()::text")[0]
        let deadline = ContinuousClock.now + .seconds(30)
        while try await sql("select (pg_snapshot_xmin(pg_current_snapshot()) > '\(last)'::xid8)::text") != ["true"] {
            guard ContinuousClock.now < deadline else { throw DidNotHappen(what: "the end of older transactions") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Runs `body` with a node: pools, bell and hub of its own, as another process would have them.
    func withNode<Value: Sendable>(
        url: (@Sendable (String) -> String)? = nil,
        configuration: EventHub.Configuration = .init(),
        _ body: (Node) async throws -> Value
    ) async throws -> Value {
        let address = url ?? { $0 }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let node = Node(
            tenantURL: address(try database.url(role: "maitre_tenant")),
            platformURL: address(try database.url(role: "maitre_platform")),
            configuration: configuration,
            logger: logger
        )
        let services: [any Service] = [node.tenantClient, node.platformClient, node.bell, node.hub]
        let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
        let running = Task { try await group.run() }
        do {
            let value = try await body(node)
            await group.triggerGracefulShutdown()
            try await running.value
            return value
        } catch {
            await group.triggerGracefulShutdown()
            try? await running.value
            throw error
        }
    }

    final class Node: Sendable {
        let tenantClient: PostgresClient
        let platformClient: PostgresClient
        let bell: Bell
        let tenant: TenantDatabase
        let platform: PlatformDatabase
        let hub: EventHub

        init(tenantURL: String, platformURL: String, configuration: EventHub.Configuration, logger: Logger) {
            tenantClient = PostgresClient(PostgresConfiguration(url: tenantURL, poolSize: 4), logger: logger)
            platformClient = PostgresClient(PostgresConfiguration(url: platformURL, poolSize: 2), logger: logger)
            bell = Bell(client: platformClient, logger: logger)
            tenant = TenantDatabase(client: tenantClient, observer: bell)
            platform = PlatformDatabase(client: platformClient, observer: bell)
            hub = EventHub(platform: platform, tenant: tenant, bell: bell, configuration: configuration, logger: logger)
        }
    }
}

/// What a subscriber got, for others to look at meanwhile.
final class Received: Sendable {
    private let state = Mutex<(events: [PublishedEvent], ephemeral: [EphemeralEvent])>(([], []))

    var events: [PublishedEvent] { state.withLock { $0.events } }
    var ephemeral: [EphemeralEvent] { state.withLock { $0.ephemeral } }
    /// The numbers that `EventsFixture.append` wrote.
    var numbers: [Int] { events.map(\.number) }

    func add(_ delivery: EventDelivery) {
        state.withLock { state in
            switch delivery {
            case .events(let events): state.events += events
            case .ephemeral(let event): state.ephemeral.append(event)
            }
        }
    }

    func add(_ events: [PublishedEvent]) { state.withLock { $0.events += events } }

    /// Waits until `condition` holds.
    func wait(_ what: String, timeout: Duration = .seconds(30), until condition: (Received) -> Bool) async throws {
        let deadline = ContinuousClock.now + timeout
        while !condition(self) {
            guard ContinuousClock.now < deadline else { throw DidNotHappen(what: "\(what); got \(events.count) events") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

struct DidNotHappen: Error, CustomStringConvertible {
    let what: String
    var description: String { "did not happen: \(what)" }
}

extension PublishedEvent {
    var number: Int { (try? JSONDocument(parsing: data.bytes).root["n"]?.int).flatMap { $0.map(Int.init) } ?? -1 }
}

/// Reads `subscription` into `received` until it ends or `body` returns.
func collecting<Value: Sendable>(
    _ subscription: EventSubscription,
    into received: Received = Received(),
    _ body: (Received) async throws -> Value
) async throws -> Value {
    let task = Task {
        for try await delivery in subscription { received.add(delivery) }
    }
    defer { task.cancel() }
    return try await body(received)
}

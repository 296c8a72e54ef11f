import Core
import Logging
import Postgres
import Tenancy
import TestSupport

@testable import Jobs

/// A migrated database and its queues.
struct QueueFixture: Sendable {
    let database: MigratedDatabase
    let client: PostgresClient
    let platform: PlatformDatabase
    let bell: Bell
    let service: QueueService

    static let queue = Queue.inbound
    static let actor = Actor.system("test")

    static func run(connections: Int = 8, _ body: (QueueFixture) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            let client = try database.client(role: "maitre_platform", poolSize: connections)
            let bell = Bell(client: client, logger: Logger(label: "test"))
            let platform = PlatformDatabase(client: client, observer: bell)
            let fixture = QueueFixture(
                database: database,
                client: client,
                platform: platform,
                bell: bell,
                service: QueueService(database: platform)
            )
            do { try await body(fixture) } catch {
                await client.shutDown()
                throw error
            }
            await client.shutDown()
        }
    }

    /// As a superuser: one text of each row.
    @discardableResult
    func sql(_ statement: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1, statementTimeout: .seconds(120))) {
            client in
            try await client.run { segment in
                segment.append(Statement(unescaped: statement)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    /// Adds a job for each key, numbered from 0 in its arguments.
    func enqueue(_ keys: [String], of merchant: MerchantID = .new(), on queue: Queue = queue, maxAttempts: Int16 = 10) async throws {
        try await platform.platform { tx in
            QueueRepository(tx).enqueue(
                keys.enumerated().map { index, key in
                    (merchant, NewJob(key: key, kind: "test", arguments: PostgresJSON("{\"n\":\(index)}")))
                },
                on: queue,
                maxAttempts: maxAttempts
            )
        }
    }

    func claim(_ limit: Int = 100, from queue: Queue = queue, lease: Duration = .seconds(30)) async throws -> [Job] {
        try await platform.platform { tx in QueueRepository(tx).claim(queue, limit: limit, lease: lease) }
    }

    /// The next job, whichever merchant's turn it is; nil when there is none to be had.
    func next() async throws -> Job? {
        for _ in 0..<40 {
            if let job = try await claim(1).first { return job }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    func complete(_ jobs: [Job]) async throws {
        guard let queue = jobs.first?.queue else { return }
        try await platform.platform { tx in QueueRepository(tx).complete(jobs, on: queue) }
    }

    @discardableResult
    func fail(_ job: Job, _ error: String, after: Duration? = nil, countsAttempt: Bool = true) async throws -> String {
        try await platform.platform { tx in QueueRepository(tx).fail(job, error: error, after: after, countsAttempt: countsAttempt) }
    }

    /// Makes dead letters, one of each lane, by letting them fail.
    func bury(_ keys: [String], of merchant: MerchantID = .new(), on queue: Queue = queue, error: String = "no") async throws {
        try await enqueue(keys, of: merchant, on: queue, maxAttempts: 1)
        var buried = 0
        while buried < keys.count {
            let jobs = try await claim(from: queue)
            for job in jobs { try await fail(job, error) }
            buried += jobs.count
        }
    }
}

extension PlatformDatabase {
    /// How full a queue is now, without the states that nothing is in.
    func counts(of queue: Queue) async throws -> [JobRecord.State: Int] {
        // As if nobody had counted for long.
        let hasCounted = try await platform { tx in
            tx.append("delete from queue.measured")
            return QueueRepository(tx).measure(every: .zero)
        }
        guard hasCounted else { return [:] }
        guard let counts = try await QueueService(database: self).queues().first(where: { $0.queue == queue })?.counts else { return [:] }
        let all: [JobRecord.State: Int] = [
            .ready: counts.ready, .running: counts.running, .delayed: counts.delayed, .retrying: counts.retrying, .dead: counts.dead,
        ]
        return all.filter { $0.value > 0 }
    }
}

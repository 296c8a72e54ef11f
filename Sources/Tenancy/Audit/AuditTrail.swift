import Core
import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Synchronization

/// Writes refusals into the audit log off the request path: `record` never waits, a batch goes out every fifth of a second.
///
/// A flood costs little: of what the same actor is refused for the same reason from the same address the first is written at once, and what repeats it
/// within a minute is one more entry with its number. What does not fit any more is counted, and the log says how much is missing.
public final class AuditTrail: Service {
    public struct Configuration: Sendable {
        /// Entries that wait at most, and kinds of them that are told apart.
        public var capacity = 10_000
        /// Between two batches.
        public var interval: Duration = .milliseconds(200)
        /// Entries of one batch at most: what a flood may cost the database.
        public var batch = 200
        /// In which repetitions are counted instead of written.
        public var period: Duration = .seconds(60)

        public init() {}
    }

    private let database: PlatformDatabase
    private let configuration: Configuration
    private let logger: Logger
    private let buffer: Mutex<AuditBuffer>
    private let written: Counter
    private let lost: Counter
    private let stop = WakeSignal()
    private let isStopping = Mutex(false)

    public init(
        database: PlatformDatabase,
        configuration: Configuration = Configuration(),
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.database = database
        self.configuration = configuration
        self.logger = logger
        buffer = Mutex(AuditBuffer(capacity: configuration.capacity, period: configuration.period))
        written = Counter(label: "maitre_audit_entries_total", dimensions: [("result", "written")], factory: metrics)
        lost = Counter(label: "maitre_audit_entries_total", dimensions: [("result", "dropped")], factory: metrics)
    }

    /// Takes `entry` to be written soon. Returns at once, whatever the database does.
    ///
    /// Its details must come from a small set, such as route templates: entries that differ in them are not counted together.
    public func record(_ entry: AuditEntry) {
        buffer.withLock { $0.record(entry, at: .now) }
    }

    /// Writes until shutdown, and then what is left.
    public func run() async throws {
        await withGracefulShutdownHandler {
            while !isStopping.withLock({ $0 }), !Task.isCancelled {
                await stop.wait(timeout: configuration.interval)
                await flush { $0.take(self.configuration.batch, at: .now) }
            }
        } onGracefulShutdown: {
            self.isStopping.withLock { $0 = true }
            self.stop.signal()
        }
        await drain()
    }

    /// Writes what waits, with what was counted so far: for commands, which run no services.
    public func drain() async {
        while await flush({ $0.takeLast(self.configuration.batch) }) {}
        let left = buffer.withLock { $0.givenUp() }
        if left > 0 { logger.error("Refusals were not written down", metadata: ["count": "\(left)"]) }
    }

    /// Writes one batch; whether there may be more to write now.
    @discardableResult
    private func flush(_ take: (inout AuditBuffer) -> [AuditEntry]) async -> Bool {
        let (missing, entries) = buffer.withLock { ($0.takeDropped(), take(&$0)) }
        var batch = entries
        if missing > 0 {
            lost.increment(by: missing)
            logger.error("Refusals were not written down", metadata: ["count": "\(missing)"])
            batch.append(AuditEntry(action: .auditDropped, by: .system("audit trail"), count: missing))
        }
        guard !batch.isEmpty else { return false }
        do {
            try await write(batch)
            return true
        } catch let error as PostgresError where !error.isOutage && error.kind == .server {
            await writeSingly(batch)
            return true
        } catch {
            logger.warning("The audit log cannot be written now", metadata: ["error": "\(error)"])
            buffer.withLock { buffer in
                buffer.putBack(entries)
                buffer.drop(missing)
            }
            return false
        }
    }

    private func write(_ batch: [AuditEntry]) async throws {
        try await database.platform { tx in
            let log = PlatformAuditRepository(tx)
            for entry in batch { log.insertOnce(entry) }
        }
        written.increment(by: batch.count)
    }

    /// One that the database does not take must not keep its neighbours out.
    private func writeSingly(_ batch: [AuditEntry]) async {
        for entry in batch {
            do {
                try await write([entry])
            } catch {
                logger.error(
                    "A refusal was not written down",
                    metadata: ["action": "\(entry.action.rawValue)", "error": "\(error)"]
                )
                lost.increment(by: entry.count)
            }
        }
    }
}

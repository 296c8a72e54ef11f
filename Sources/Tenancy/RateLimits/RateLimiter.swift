import Core
import Logging
import ServiceLifecycle
import Synchronization

/// Limits how many requests a credential, a merchant and an address may make in a window, all nodes together.
///
/// Decisions are made from memory; no request waits for the database. Five times a second each node adds what it counted to the database, in one
/// statement, and learns what the others counted. So what goes beyond a limit is at most what the other nodes take between two of these exchanges. Windows
/// are fixed and those of the database's clock. While the database is away each node goes by what it knows.
public final class RateLimiter: Service {
    public struct Configuration: Sendable {
        /// Between two exchanges with the database.
        public var interval: Duration = .milliseconds(200)
        /// Subjects of one exchange at most: what a flood from many addresses may cost the database. The rest goes with the next.
        public var batch = 2000
        /// Subjects of each kind that are kept in memory.
        public var capacity = 50_000
        /// Between two deletions of windows that are over.
        public var cleaning: Duration = .seconds(60)

        public init() {}
    }

    private struct State {
        var counts: RateCounts
        /// The database's time less ours.
        var offset: Duration = .zero
    }

    public let limits: RateLimits
    private let database: PlatformDatabase
    private let configuration: Configuration
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// - Parameter clock: this node's time; corrected by the database's.
    public init(
        _ limits: RateLimits,
        database: PlatformDatabase,
        configuration: Configuration = Configuration(),
        logger: Logger,
        clock: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.limits = limits
        self.database = database
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        state = Mutex(State(counts: RateCounts(limits: limits, capacity: configuration.capacity)))
    }

    /// Counts a request of all `subjects`, unless one of them has used up its limit.
    public func take(_ subjects: RateSubject...) -> RateDecision {
        let now = clock()
        return state.withLock { state in state.counts.take(subjects, at: now + state.offset) }
    }

    public func run() async throws {
        guard !limits.isOff else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await self.repeatedly(every: self.configuration.cleaning, "Old windows were not deleted") { try await self.clean() }
                }
                group.addTask {
                    await self.repeatedly(every: self.configuration.interval, "Rates were not shared") { try await self.exchange() }
                }
            }
        }
    }

    /// One exchange with the database; none when nothing was counted since the last.
    func exchange() async throws {
        let now = clock()
        guard let report = state.withLock({ $0.counts.report(atMost: configuration.batch, at: now + $0.offset) }) else { return }
        let counts = report.lines.map { (key: $0.subject.key, count: $0.count) }
        let totals = try await database.platform { tx in RateRepository(tx).add(counts, in: report.windowStart) }
        // An error leaves the counts unsent. If the database had them all the same they count twice, once: towards the stricter side.
        let end = clock()
        state.withLock { state in
            state.counts.reported(report, totals: Dictionary(totals.map { ($0.key, $0.count) }) { first, _ in first })
            if let at = totals.last?.at { state.offset = Self.offset(of: at, between: now, and: end) }
        }
    }

    /// Learns the database's time and deletes windows that no node counts in any more.
    func clean() async throws {
        let start = clock()
        let now = try await database.platform { tx in RateRepository(tx).now() }
        let end = clock()
        if let now { state.withLock { $0.offset = Self.offset(of: now, between: start, and: end) } }
        let age = limits.window * 2 + .seconds(60)
        while try await database.platform({ tx in RateRepository(tx).deleteOld(age: age, limit: 5000) }) == 5000 {}
    }

    /// What was read on the way is taken to have been read half-way.
    private static func offset(of time: Timestamp, between start: Timestamp, and end: Timestamp) -> Duration {
        time - (start + (end - start) / 2)
    }

    /// Logs the first failure of a row only: an outage would say the same five times a second.
    private func repeatedly(every interval: Duration, _ failure: Logger.Message, _ step: @Sendable () async throws -> Void) async {
        var hasFailed = false
        while !Task.isCancelled {
            do {
                try await step()
                hasFailed = false
            } catch {
                if !hasFailed, !Task.isCancelled { logger.warning(failure, metadata: ["error": "\(error)"]) }
                hasFailed = true
            }
            try? await Task.sleep(for: interval)
        }
    }
}

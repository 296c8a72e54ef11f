import Core
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy

/// Wakes workers when jobs were committed: those of this node at once, those of the others by one coalesced NOTIFY every 10 ms.
///
/// NOTIFY inside business transactions would serialise their commits (30,100 → 6,300 transactions a second, postgres.md 5), so it never is. A lost
/// notification costs a poll interval, nothing more: polling is the truth.
public final class Bell: CommitObserver, Service {
    static let channel = "maitre_jobs"

    private struct State {
        var pending: Set<String> = []
        var signals: [String: [WakeSignal]] = [:]
    }

    private let state = Mutex(State())
    private let flush = WakeSignal()
    private let client: PostgresClient
    private let logger: Logger

    /// - Parameter client: the platform role's pool; NOTIFY goes through it and LISTEN has a connection of its own.
    public init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    public func committed(wake queues: Set<String>) {
        let signals = state.withLock { state in
            state.pending.formUnion(queues)
            return queues.flatMap { state.signals[$0] ?? [] }
        }
        for signal in signals { signal.signal() }
        flush.signal()
    }

    func register(_ signal: WakeSignal, for queue: Queue) {
        state.withLock { $0.signals[queue.name, default: []].append(signal) }
    }

    /// Sends and receives notifications until shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.notifyOthers() }
                group.addTask { await self.listenToOthers() }
            }
        }
    }

    private func notifyOthers() async {
        let database = PlatformDatabase(client: client)  // without an observer: ringing must not ring
        while !Task.isCancelled {
            await flush.wait(timeout: .seconds(60))
            let queues = state.withLock { state in
                let queues = state.pending
                state.pending = []
                return queues
            }
            guard !queues.isEmpty else { continue }
            do {
                try await database.platform { tx in QueueRepository(tx).notify(queues) }
            } catch {
                logger.debug("The bell could not be rung; other nodes will poll")
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func listenToOthers() async {
        do {
            for try await notification in client.notifications(on: [Self.channel]) {
                let signals = state.withLock { state in
                    switch notification {
                    case .message(_, let payload): payload.split(separator: ",").flatMap { state.signals[String($0)] ?? [] }
                    // Nobody knows what was missed: wake everyone.
                    case .reconnected: state.signals.values.flatMap { $0 }
                    }
                }
                for signal in signals { signal.signal() }
            }
        } catch {
            logger.error("The bell of other nodes is not heard; workers only poll", metadata: ["error": "\(error)"])
        }
    }
}

import Core
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy

/// Wakes workers when jobs were committed, and readers of events when events were: those of this node at once, those of the others by one coalesced NOTIFY
/// every 10 ms. Short messages between nodes that are worth nothing a moment later travel with it.
///
/// NOTIFY inside business transactions would serialise their commits (30,100 → 6,300 transactions a second, postgres.md 5), so it never is. A lost
/// notification costs a poll interval, nothing more: polling is the truth. A lost message is lost.
public final class Bell: CommitObserver, Service {
    static let channel = "maitre_jobs"
    static let messageChannel = "maitre_messages"

    private struct State {
        var pending: Set<String> = []
        var signals: [String: [WakeSignal]] = [:]
        var outgoing = Outgoing()
        var receiver: (@Sendable (String) -> Void)?
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
        register(signal, for: queue.name)
    }

    /// Signals whenever a transaction on any node that named `topic` has committed, at the latest.
    public func register(_ signal: WakeSignal, for topic: String) {
        state.withLock { $0.signals[topic, default: []].append(signal) }
    }

    /// Sends `message` to every node that listens, this one included, within about 10 ms, or loses it: nothing waits for it and nothing is stored.
    ///
    /// - Parameter message: at most 7,000 bytes of UTF-8, without NUL. A longer one, or one of too many at once, is dropped.
    /// - Returns: whether it will be tried.
    @discardableResult
    public func send(_ message: String) -> Bool {
        let accepted = state.withLock { $0.outgoing.add(message) }
        if accepted { flush.signal() }
        return accepted
    }

    /// Is given every message that any node sends. There is one receiver; it must return at once.
    public func receive(_ receiver: @escaping @Sendable (String) -> Void) {
        state.withLock { $0.receiver = receiver }
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
            let (queues, messages) = state.withLock { state in
                defer { state.pending = [] }
                return (state.pending, state.outgoing.take())
            }
            guard !queues.isEmpty || !messages.isEmpty else { continue }
            do {
                try await database.platform { tx in
                    if !queues.isEmpty { QueueRepository(tx).notify(queues) }
                    if !messages.isEmpty { QueueRepository(tx).send(messages) }
                }
            } catch {
                logger.debug("The bell could not be rung; other nodes will poll")
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func listenToOthers() async {
        do {
            for try await notification in client.notifications(on: [Self.channel, Self.messageChannel]) {
                if case .message(Self.messageChannel, let payload) = notification {
                    state.withLock { $0.receiver }?(payload)
                    continue
                }
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

    /// Messages until the next ring. A NOTIFY carries less than 8,000 bytes, and a message is one NOTIFY of the same transaction.
    private struct Outgoing {
        private var messages: [String] = []
        /// 100 rings a second of these are more than a screen can show; a node that is cut off must not pile them up.
        private let limit = 200

        mutating func add(_ message: String) -> Bool {
            guard messages.count < limit, message.utf8.count <= 7000 else { return false }
            messages.append(message)
            return true
        }

        mutating func take() -> [String] {
            defer { messages.removeAll(keepingCapacity: true) }
            return messages
        }
    }
}

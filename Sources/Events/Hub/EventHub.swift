import Core
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Synchronization
import Tenancy

/// Hands committed events to whoever watches on this node, soon after their commit: one reader and one notification connection a node, however many watch.
///
/// It reads when the bell rings and otherwise every 250 to 500 ms, so that a lost notification costs no more than that. A subscriber that must miss nothing
/// subscribes first, then asks for a `replay` after the last position it has seen, and leaves out what it gets twice, by position:
///
///     let subscription = hub.subscribe(merchant)
///     guard case .events(let missed) = try await hub.replay(merchant, after: position, limit: 1000) else { … read everything anew … }
///     for try await delivery in subscription { … }
public final class EventHub: Service {
    public struct Configuration: Sendable {
        /// Between two reads when no bell rings: at random between half of it and all of it.
        public var pollInterval: Duration
        /// Events of one read.
        public var batch: Int

        public init(pollInterval: Duration = .milliseconds(500), batch: Int = 1000) {
            self.pollInterval = pollInterval
            self.batch = batch
        }
    }

    public enum Replay: Sendable {
        /// Everything that happened after the position, in order.
        case events([PublishedEvent])
        /// Some of it is no longer kept, it is more than was asked for, or the position is not of this database. Never a part of it.
        case gone
    }

    private struct State {
        var mailboxes: [MerchantID: [EventMailbox]] = [:]
        /// Whether there is a position from which on everything is handed out.
        var isReady = false
        var isStopped = false
    }

    private let platform: PlatformDatabase
    private let tenant: TenantDatabase
    private let bell: Bell
    private let configuration: Configuration
    private let logger: Logger
    private let state = Mutex(State())
    private let wake = WakeSignal()
    /// How long committed events have waited for an older transaction, which somebody may have forgotten.
    private let lag = Gauge(label: "maitre_event_lag_seconds")
    /// Tells this node's own messages from others'.
    private let node = EventID.new()

    public init(
        platform: PlatformDatabase,
        tenant: TenantDatabase,
        bell: Bell,
        configuration: Configuration = .init(),
        logger: Logger
    ) {
        self.platform = platform
        self.tenant = tenant
        self.bell = bell
        self.configuration = configuration
        self.logger = logger
        bell.register(wake, for: EventTopic.name)
        bell.receive { [weak self] message in self?.receive(message) }
    }

    // MARK: Watching

    /// What happens to `merchant` from now on. Bounded: a subscriber that falls behind `limits` is ended with `.overflowed`.
    public func subscribe(_ merchant: MerchantID, limits: EventSubscription.Limits = .init()) -> EventSubscription {
        let mailbox = EventMailbox(merchant: merchant, limits: limits)
        let isStopped = state.withLock { state in
            if !state.isStopped { state.mailboxes[merchant, default: []].append(mailbox) }
            return state.isStopped
        }
        if isStopped { mailbox.end(nil) }
        return EventSubscription(mailbox) { [weak self] in self?.remove($0) }
    }

    /// Everything that happened to `merchant` after `position`, all or nothing.
    public func replay(_ merchant: MerchantID, after position: EventPosition, limit: Int) async throws -> Replay {
        try await ready()
        let page = try await page(merchant, after: position, limit: limit + 1)
        guard page.bounds.reach(position), page.events.count <= limit else { return .gone }
        return .events(page.events)
    }

    /// The position of now: whoever has subscribed before gets everything after it.
    public func end() async throws -> EventPosition {
        try await ready()
        return try await OutboxReader(database: platform).end()
    }

    /// Returns when the hub hands out: before that, something could happen after a replay that no subscription gets.
    private func ready() async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            let (isReady, isStopped) = state.withLock { ($0.isReady, $0.isStopped) }
            if isReady { return }
            guard !isStopped, ContinuousClock.now < deadline else { throw EventStreamError.unavailable }
            // Only in the first moments of a process.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Tells who watches on any node, now or never: nothing is stored. See `EphemeralEvent`.
    ///
    /// On other nodes it arrives with the bell, about 10 ms later; too many at once are dropped.
    public func broadcast(_ event: EphemeralEvent) {
        publish(event)
        bell.send(event.message(from: node))
    }

    /// How many watch.
    public var subscriptionCount: Int { state.withLock { $0.mailboxes.values.reduce(0) { $0 + $1.count } } }

    private func page(_ merchant: MerchantID, after position: EventPosition, limit: Int) async throws -> EventPage {
        let page = try await tenant.tenant(merchant) { tx in EventRepository(tx).events(after: position, limit: limit) }
        guard !page.bounds.isCurrent else { return page }
        _ = try await OutboxReader(database: platform).bounds()
        return try await tenant.tenant(merchant) { tx in EventRepository(tx).events(after: position, limit: limit) }
    }

    private func remove(_ mailbox: EventMailbox) {
        state.withLock { state in
            state.mailboxes[mailbox.merchant]?.removeAll { $0 === mailbox }
            if state.mailboxes[mailbox.merchant]?.isEmpty == true { state.mailboxes[mailbox.merchant] = nil }
        }
    }

    // MARK: Publishing

    private func receive(_ message: String) {
        if let event = EphemeralEvent(message: message, otherThan: node) { publish(event) }
    }

    private func publish(_ event: EphemeralEvent) {
        let mailboxes = state.withLock { $0.mailboxes[event.merchant] ?? [] }
        for mailbox in mailboxes { mailbox.offer(event) }
    }

    private func publish(_ events: [PublishedEvent]) {
        guard !events.isEmpty else { return }
        var order: [MerchantID] = []
        var byMerchant: [MerchantID: [PublishedEvent]] = [:]
        for event in events {
            if byMerchant[event.merchant] == nil { order.append(event.merchant) }
            byMerchant[event.merchant, default: []].append(event)
        }
        for merchant in order {
            let mailboxes = state.withLock { $0.mailboxes[merchant] ?? [] }
            guard let events = byMerchant[merchant] else { continue }
            for mailbox in mailboxes where !mailbox.offer(events) { remove(mailbox) }
        }
    }

    /// Ends every subscription, and those to come at once. For the beginning of a shutdown: streams must not hold up the server.
    public func stopSubscriptions() {
        endAll(nil, stop: true)
    }

    private func endAll(_ failure: EventSubscriptionEnd?, stop: Bool = false) {
        let mailboxes = state.withLock { state in
            if stop { state.isStopped = true }
            defer { state.mailboxes = [:] }
            return state.mailboxes.values.flatMap { $0 }
        }
        for mailbox in mailboxes { mailbox.end(failure) }
    }

    private func isWatched(_ merchant: MerchantID) -> Bool { state.withLock { $0.mailboxes[merchant] != nil } }

    private var isWatched: Bool { state.withLock { !$0.mailboxes.isEmpty } }

    // MARK: Reading

    /// Reads and hands out until shutdown; then every subscription ends.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.readOn()
        }
        stopSubscriptions()
    }

    private func readOn() async {
        var cursor: EventPosition?
        var lastLook: ContinuousClock.Instant?
        var failures = 0
        /// While committed events wait for an older transaction, the next look comes sooner than the next poll.
        var impatience = Duration.zero
        var waitingSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            var pause = configuration.pollInterval * Double.random(in: 0.5...1)
            // Nobody watches: the position need not be newer than the last poll, however often the bell rings.
            if !isWatched, let lastLook, lastLook.duration(to: .now) < configuration.pollInterval / 2 {
                await wake.wait(timeout: pause)
                continue
            }
            lastLook = .now
            do {
                switch try await step(&cursor) {
                case .more: continue
                case .waiting:
                    waitingSince = waitingSince ?? .now
                    impatience = min(max(impatience * 2, .milliseconds(2)), .milliseconds(50))
                    pause = min(pause, impatience)
                case .done:
                    impatience = .zero
                    waitingSince = nil
                }
                lag.record(waitingSince.map { Double($0.duration(to: .now).microseconds) / 1_000_000 } ?? 0)
                failures = 0
            } catch {
                if failures == 0, !Task.isCancelled { logger.warning("Events cannot be read", metadata: ["error": "\(error)"]) }
                failures += 1
            }
            // What is committed meanwhile comes with the next read: many commits must not become as many reads.
            try? await Task.sleep(for: Self.gap)
            await wake.wait(timeout: pause)
        }
    }

    /// Between two reads, at least.
    private static let gap = Duration.milliseconds(3)

    private enum Outcome {
        case done, more, waiting
    }

    private func step(_ cursor: inout EventPosition?) async throws -> Outcome {
        let reader = OutboxReader(database: platform)
        // Nobody watches: the position moves on and no event is read. What comes between here and the first subscription is read then.
        guard isWatched, let position = cursor else {
            let isFirst = cursor == nil
            let bounds = try await reader.bounds()
            if let position = cursor, !bounds.reach(position) { endAll(.lost) }
            if isFirst || !isWatched { cursor = bounds.end }
            if isFirst { state.withLock { $0.isReady = true } }
            return .done
        }
        let read = try await platform.platform { tx in
            OutboxRepository(tx).read(after: position, limit: configuration.batch) { self.isWatched($0) }
        }
        guard read.bounds.reach(position) else {
            logger.warning("The place in the stream of events is lost; who watches reads everything anew")
            cursor = try await reader.bounds().end
            endAll(.lost)
            return .done
        }
        publish(read.events)
        if let last = read.last { cursor = last }
        if read.count == configuration.batch { return .more }
        return read.isWaiting ? .waiting : .done
    }
}

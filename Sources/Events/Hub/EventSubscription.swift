import Core
import DequeModule
import Postgres
import Synchronization

/// What a subscriber is handed at once.
public enum EventDelivery: Sendable {
    /// In order, never empty.
    case events([PublishedEvent])
    case ephemeral(EphemeralEvent)
}

/// Why a subscription ended without being cancelled.
public enum EventSubscriptionEnd: Error, Sendable, Equatable {
    /// The subscriber took too long: it was cut off so that nobody waits for it. It may come back with its last position.
    case overflowed
    /// The hub itself lost its place: subscribers read everything anew.
    case lost
}

/// One merchant's events from the moment of subscribing on, with one reader. Ends with nil when it is cancelled or the hub stops, and throws an
/// `EventSubscriptionEnd` otherwise. Unsubscribed by `cancel()`, by cancelling the task that iterates, or when nobody holds it any more.
public final class EventSubscription: AsyncSequence, Sendable {
    public typealias Element = EventDelivery

    /// How far a subscriber may be behind.
    public struct Limits: Sendable {
        public var events: Int
        /// Of `data`.
        public var bytes: Int

        public init(events: Int = 500, bytes: Int = 1 << 20) {
            self.events = events
            self.bytes = bytes
        }
    }

    private struct State {
        var buffer: Deque<EventDelivery> = []
        var events = 0
        var bytes = 0
        var reader: CheckedContinuation<EventDelivery?, any Error>?
        var isEnded = false
        var failure: EventSubscriptionEnd?

        /// All events that wait, as one delivery, up to the first ephemeral one.
        mutating func take() -> EventDelivery? {
            guard let first = buffer.popFirst() else { return nil }
            guard case .events(var events) = first else {
                count(out: first)
                return first
            }
            count(out: first)
            while case .events(let more)? = buffer.first {
                count(out: buffer.removeFirst())
                events += more
            }
            return .events(events)
        }

        private mutating func count(out delivery: EventDelivery) {
            switch delivery {
            case .events(let events):
                self.events -= events.count
                bytes -= events.reduce(0) { $0 + $1.data.bytes.count }
            case .ephemeral(let event):
                events -= 1
                bytes -= event.data.bytes.count
            }
        }
    }

    public let merchant: MerchantID
    private let limits: Limits
    private let state = Mutex(State())
    private let onEnd: @Sendable (EventSubscription) -> Void

    init(merchant: MerchantID, limits: Limits, onEnd: @escaping @Sendable (EventSubscription) -> Void) {
        self.merchant = merchant
        self.limits = limits
        self.onEnd = onEnd
    }

    /// Ends it from this side. Whoever iterates gets nil.
    public func cancel() {
        end(nil)
        onEnd(self)
    }

    // MARK: The publisher's side: never waits

    /// Whether it still listens.
    func offer(_ events: [PublishedEvent]) -> Bool {
        let size = events.reduce(0) { $0 + $1.data.bytes.count }
        return deliver(.events(events), events: events.count, bytes: size)
    }

    /// Dropped before anything else is: when half of the room is taken, what is worth nothing later makes place for what is.
    func offer(_ event: EphemeralEvent) {
        let hasRoom = state.withLock { $0.events < limits.events / 2 && $0.bytes < limits.bytes / 2 }
        if hasRoom { _ = deliver(.ephemeral(event), events: 1, bytes: event.data.bytes.count) }
    }

    func end(_ failure: EventSubscriptionEnd?) {
        let reader = state.withLock { state -> CheckedContinuation<EventDelivery?, any Error>? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            state.failure = failure
            // What was not read is read again from the position: a part of it would only be in the way.
            state.buffer.removeAll()
            defer { state.reader = nil }
            return state.reader
        }
        if let failure { reader?.resume(throwing: failure) } else { reader?.resume(returning: nil) }
    }

    private func deliver(_ delivery: EventDelivery, events: Int, bytes: Int) -> Bool {
        var isOver = false
        let reader = state.withLock { state -> CheckedContinuation<EventDelivery?, any Error>? in
            guard !state.isEnded else {
                isOver = true
                return nil
            }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            // One delivery may be larger than the limits: what comes in one read is nobody's fault.
            guard state.buffer.isEmpty || (state.events + events <= limits.events && state.bytes + bytes <= limits.bytes) else {
                isOver = true
                return nil
            }
            state.buffer.append(delivery)
            state.events += events
            state.bytes += bytes
            return nil
        }
        reader?.resume(returning: delivery)
        if isOver { end(.overflowed) }
        return !isOver
    }

    // MARK: The reader's side

    fileprivate func next() async throws -> EventDelivery? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<EventDelivery?, any Error>? = state.withLock { state in
                    if let failure = state.failure { return .failure(failure) }
                    if state.isEnded { return .success(nil) }
                    if let delivery = state.take() { return .success(delivery) }
                    // Two readers at once would be a mistake of the caller; the older one is let go instead of being forgotten.
                    let older = state.reader
                    state.reader = continuation
                    older?.resume(returning: nil)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            cancel()
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSubscription

        public mutating func next() async throws -> EventDelivery? { try await subscription.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }
}

import Core
import DequeModule
import Postgres
import Synchronization

/// What one subscriber has not taken yet. The hub holds it, and so does the subscription, whose end empties it.
final class EventMailbox: Sendable {
    typealias Limits = EventSubscription.Limits

    private struct State {
        var buffer: Deque<EventDelivery> = []
        var events = 0
        var bytes = 0
        var reader: CheckedContinuation<Turn, any Error>?
        var isEnded = false
        var isNudged = false
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

    let merchant: MerchantID
    private let limits: Limits
    private let state = Mutex(State())

    init(merchant: MerchantID, limits: Limits) {
        self.merchant = merchant
        self.limits = limits
    }

    /// What a reader gets.
    enum Turn: Sendable {
        case delivery(EventDelivery)
        /// Nothing new: somebody wants the reader to look around.
        case nudge
        case end
    }

    // MARK: The publisher's side: never waits

    /// Whether it still listens.
    func offer(_ events: [PublishedEvent]) -> Bool {
        let size = events.reduce(0) { $0 + $1.data.bytes.count }
        return deliver(.events(events), events: events.count, bytes: size, isDroppable: false)
    }

    /// Dropped before anything else is: when half of the room is taken, what is worth nothing later makes place for what is.
    func offer(_ event: EphemeralEvent) {
        _ = deliver(.ephemeral(event), events: 1, bytes: event.data.bytes.count, isDroppable: true)
    }

    func end(_ failure: EventSubscriptionEnd?) {
        let reader = state.withLock { state -> CheckedContinuation<Turn, any Error>? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            state.failure = failure
            // What was not read is read again from the position: a part of it would only be in the way.
            state.buffer.removeAll()
            defer { state.reader = nil }
            return state.reader
        }
        if let failure { reader?.resume(throwing: failure) } else { reader?.resume(returning: .end) }
    }

    func nudge() {
        let reader = state.withLock { state -> CheckedContinuation<Turn, any Error>? in
            state.isNudged = state.reader == nil
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: .nudge)
    }

    private func deliver(_ delivery: EventDelivery, events: Int, bytes: Int, isDroppable: Bool) -> Bool {
        var isOver = false
        let reader = state.withLock { state -> CheckedContinuation<Turn, any Error>? in
            guard !state.isEnded else {
                isOver = true
                return nil
            }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            if isDroppable, state.events * 2 >= limits.events || state.bytes * 2 >= limits.bytes { return nil }
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
        reader?.resume(returning: .delivery(delivery))
        if isOver { end(.overflowed) }
        return !isOver
    }

    // MARK: The reader's side

    func next() async throws -> Turn {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Turn, any Error>? = state.withLock { state in
                    if let failure = state.failure { return .failure(failure) }
                    if state.isEnded { return .success(.end) }
                    if let delivery = state.take() { return .success(.delivery(delivery)) }
                    if state.isNudged {
                        state.isNudged = false
                        return .success(.nudge)
                    }
                    // Two readers at once would be a mistake of the caller; the older one is let go instead of being forgotten.
                    let older = state.reader
                    state.reader = continuation
                    older?.resume(returning: .end)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            end(nil)
        }
    }
}

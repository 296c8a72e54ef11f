import Core

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

    /// What `turn()` found.
    public enum Turn: Sendable {
        case delivery(EventDelivery)
        /// Nothing new: `nudge()` was called.
        case nudged
        case ended
    }

    private let mailbox: EventMailbox
    private let onEnd: @Sendable (EventMailbox) -> Void

    public var merchant: MerchantID { mailbox.merchant }

    init(_ mailbox: EventMailbox, onEnd: @escaping @Sendable (EventMailbox) -> Void) {
        self.mailbox = mailbox
        self.onEnd = onEnd
    }

    deinit { cancel() }

    /// Ends it from this side. Whoever iterates gets nil.
    public func cancel() {
        mailbox.end(nil)
        onEnd(mailbox)
    }

    /// Wakes the reader although nothing happened, so that it can do something of its own in between, such as a heartbeat.
    public func nudge() {
        mailbox.nudge()
    }

    /// As an iteration's `next`, and returns when nudged.
    public func turn() async throws -> Turn {
        switch try await mailbox.next() {
        case .delivery(let delivery): .delivery(delivery)
        case .nudge: .nudged
        case .end: .ended
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSubscription

        public mutating func next() async throws -> EventDelivery? {
            while true {
                switch try await subscription.turn() {
                case .delivery(let delivery): return delivery
                case .nudged: continue
                case .ended: return nil
                }
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }
}

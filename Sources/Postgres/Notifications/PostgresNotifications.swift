import Logging

/// An endless sequence of notifications. Each iterator has a connection of its own, closed when the iterator goes away or its task is cancelled.
public struct PostgresNotifications: AsyncSequence, Sendable {
    public typealias Element = PostgresNotification

    let channels: [String]
    let configuration: PostgresConfiguration
    let logger: Logger

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(holder: Holder(Listener(channels: channels, configuration: configuration, logger: logger)))
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let holder: Holder

        /// The next notification; nil once the task is cancelled. Throws when the connection string cannot be read.
        public mutating func next() async throws -> PostgresNotification? {
            try await holder.listener.next()
        }
    }

    /// Stops the listener when the last copy of the iterator is gone.
    final class Holder: Sendable {
        let listener: Listener

        init(_ listener: Listener) {
            self.listener = listener
            listener.start()
        }

        deinit {
            listener.stop()
        }
    }
}

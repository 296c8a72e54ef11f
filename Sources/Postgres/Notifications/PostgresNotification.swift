/// What a reader of notifications gets.
public enum PostgresNotification: Sendable, Equatable {
    /// A NOTIFY.
    case message(channel: String, payload: String)
    /// Listening begins here: whatever was notified before may have been missed, so read the state anew. Comes first, after every
    /// reconnection, and in place of notifications that a slow reader left no room for.
    case reconnected
}

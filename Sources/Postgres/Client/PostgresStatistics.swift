/// What a client's pool is doing and has done.
public struct PostgresStatistics: Sendable, Equatable {
    /// Open connections, those for notifications not counted.
    public var openConnections = 0
    /// Connections that run a segment or belong to a transaction.
    public var usedConnections = 0
    /// Callers waiting for a connection.
    public var waiters = 0
    /// Segments completed, with an error or without.
    public var segments = 0
    /// Segments that did not find a free connection at once.
    public var waits = 0
    /// The time such segments waited, in all.
    public var totalWait = Duration.zero
    /// Callers refused because none became free.
    public var exhausted = 0
    /// Segments run again after a serialization failure, a deadlock or a connection lost before the commit.
    public var retries = 0
    /// Segments sent again because the server had forgotten their prepared statements.
    public var repreparations = 0
    /// Connections opened.
    public var connects = 0
    /// Attempts to open a connection that failed.
    public var connectFailures = 0
    /// Connections lost without having been closed by us.
    public var lostConnections = 0

    public init() {}
}

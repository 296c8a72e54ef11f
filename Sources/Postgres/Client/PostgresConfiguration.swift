/// How a client reaches the server and how much it may ask of it.
public struct PostgresConfiguration: Sendable {
    /// A libpq connection URI or keyword/value string; TLS, passwords, several hosts and so on by libpq's own parameters.
    public var url: String
    /// Connections at most. They are opened when needed and then kept.
    public var poolSize: Int
    /// Callers that may wait for a connection; one more is refused at once.
    public var maxWaiters: Int
    /// How long a caller waits for a connection.
    public var waitTimeout: Duration
    /// How long opening one connection may take, TLS and authentication included.
    public var connectTimeout: Duration
    /// `statement_timeout` of each session; nil leaves the server's.
    public var statementTimeout: Duration?
    /// `lock_timeout` of each session; nil leaves the server's.
    public var lockTimeout: Duration?
    /// `idle_in_transaction_session_timeout` of each session; nil leaves the server's.
    public var idleInTransactionTimeout: Duration?
    /// Shown in `pg_stat_activity`, unless the URL names one.
    public var applicationName: String
    /// How often a segment is run again after a serialization failure, a deadlock or a connection lost before its commit.
    public var retryLimit: Int
    /// Prepared statements kept on one connection before all are dropped.
    public var preparedStatementLimit: Int
    /// How long work in progress may take to end at shutdown.
    public var shutdownTimeout: Duration
    /// How long a cancelled statement may take to stop before its connection is given up.
    public var cancelTimeout: Duration
    /// Notifications held for a reader that is behind; when there are more it is told to read everything again.
    public var notificationBuffer: Int

    public init(
        url: String,
        poolSize: Int = 12,
        maxWaiters: Int = 2000,
        waitTimeout: Duration = .seconds(5),
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration? = .seconds(30),
        lockTimeout: Duration? = .seconds(5),
        idleInTransactionTimeout: Duration? = .seconds(30),
        applicationName: String = "maitre",
        retryLimit: Int = 3,
        preparedStatementLimit: Int = 500,
        shutdownTimeout: Duration = .seconds(10),
        cancelTimeout: Duration = .seconds(5),
        notificationBuffer: Int = 1024
    ) {
        self.url = url
        self.poolSize = max(1, poolSize)
        self.maxWaiters = max(0, maxWaiters)
        self.waitTimeout = waitTimeout
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.applicationName = applicationName
        self.retryLimit = max(0, retryLimit)
        self.preparedStatementLimit = max(1, preparedStatementLimit)
        self.shutdownTimeout = shutdownTimeout
        self.cancelTimeout = cancelTimeout
        self.notificationBuffer = max(1, notificationBuffer)
    }
}

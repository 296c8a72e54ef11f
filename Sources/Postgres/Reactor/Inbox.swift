/// What other threads tell the I/O thread.
enum Command: Sendable {
    case submit(Job)
    case cancel(Job)
    case opened(OpenedConnection)
    case openFailed(Connector.Failure)
    case cancelSent(connection: Int)
    case shutDown(deadline: MonotonicTime)
}

/// Shared between callers and the I/O thread, behind the reactor's mutex.
struct Inbox: Sendable {
    enum State {
        case open, draining, stopped
    }

    var commands: [Command] = []
    /// The I/O thread is in poll(2) or about to be: whoever adds a command must wake it.
    var isSleeping = false
    var state = State.open
    /// Jobs that wait for a connection, whether the I/O thread has seen them or not.
    var waiters = 0
    var statistics = PostgresStatistics()
    /// Threads that open a connection, and the I/O thread itself.
    var threads = 1
    var stopWaiters: [UnsafeContinuation<Void, Never>] = []

    /// Nothing of the client runs any more: neither the I/O thread nor one that is inside the TLS library, whose state goes away with the process.
    var isOver: Bool { state == .stopped && threads == 0 }

    /// One of the threads ends; those who wait for the end, once it has come.
    mutating func threadEnds() -> [UnsafeContinuation<Void, Never>] {
        threads -= 1
        guard isOver else { return [] }
        defer { stopWaiters = [] }
        return stopWaiters
    }
}

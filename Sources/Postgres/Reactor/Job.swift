import Synchronization

/// A segment on its way through the I/O thread.
///
/// `@unchecked Sendable` is safe: the `let`s and the atomic are shared; `continuation` is set once before the job is published through
/// the inbox's mutex; every other `var` is read and written by the I/O thread only.
final class Job: @unchecked Sendable {
    enum Phase {
        /// Not yet taken from the inbox.
        case new
        case waiting, running, finished
    }

    let statements: [BoundStatement]
    let lease: Lease?
    /// The first job of a transaction: takes a connection for it.
    let opensLease: Bool
    /// The connection goes back to the pool afterwards.
    let closesLease: Bool
    /// It commits when it succeeds: losing the connection then leaves the outcome unknown.
    let commits: Bool
    let submitted: MonotonicTime
    let isCancelled = Atomic<Bool>(false)

    var continuation: UnsafeContinuation<[ResultHandle], any Error>?
    var phase = Phase.new
    var waited = false
    var reprepared = false

    init(statements: [BoundStatement], lease: Lease? = nil, opensLease: Bool = false, closesLease: Bool = false, commits: Bool) {
        self.statements = statements
        self.lease = lease
        self.opensLease = opensLease
        self.closesLease = closesLease
        self.commits = commits
        submitted = .now
    }

    /// It waits in the pool's queue; other jobs go to the connection their transaction has.
    var needsConnection: Bool { lease == nil || opensLease }
}

/// A transaction's hold on one connection.
///
/// `@unchecked Sendable` is safe: every `var` is read and written by the I/O thread only.
final class Lease: @unchecked Sendable {
    enum State {
        /// No connection yet: the first job takes one.
        case new
        /// The first job waits for a connection.
        case opening
        case held(Connection)
        /// The connection broke, or was given back.
        case ended
    }

    var state = State.new
    /// Jobs that wait for the one before them.
    var pending: [Job] = []
}

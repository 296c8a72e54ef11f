import CLibpq
import DequeModule
import Foundation
import Logging
import Synchronization

/// The I/O thread: owns all connections of a client and the queue of jobs that wait for one.
///
/// Made and used on its own thread only, so nothing in it needs a lock; other threads reach it through the reactor's inbox.
final class ReactorLoop {
    let reactor: Reactor
    let configuration: PostgresConfiguration
    var connections: [Connection] = []
    /// Free connections; the one used last comes first, its caches are warm.
    var idle: [Connection] = []
    /// Jobs in order of arrival. Cancelled ones stay in it, finished, until they are passed over.
    var waiting: Deque<Job> = []
    var liveWaiters = 0
    /// Waiters gone since the inbox was told.
    var departed = 0
    var statistics = PostgresStatistics()
    /// Continuations are resumed after the connections have got new work, so that the server is busy meanwhile.
    var answers: [(UnsafeContinuation<[ResultHandle], any Error>, Result<[ResultHandle], any Error>)] = []
    var now = MonotonicTime.now
    var drainDeadline: MonotonicTime?
    // Opening connections: see ReactorLoop+Opening.
    var opening = 0
    var openFailures = 0
    var nextOpening = MonotonicTime(nanoseconds: 0)
    var lastFailure: String?
    var nextID = 0

    init(_ reactor: Reactor) {
        self.reactor = reactor
        configuration = reactor.configuration
    }

    func run() {
        var entries: [pollfd] = []
        while true {
            for command in takeCommands() { handle(command) }
            now = .now
            expire()
            openWhatIsMissing()
            deliver()
            if let drainDeadline, isDrained || drainDeadline <= now { return stop() }
            fill(&entries)
            let timeout = prepareToSleep() ? nextDeadline.pollTimeout(from: now) : 0
            let ready = poll(&entries, nfds_t(entries.count), timeout)
            now = .now
            guard ready > 0 else { continue }
            if entries[0].revents != 0 { reactor.wakePipe.drain() }
            // `connections` changes while we go through it: the entries keep the order it had when they were filled.
            let polled = connections
            for (index, connection) in polled.enumerated() {
                let events = Int32(entries[index + 1].revents)
                if events != 0 { advance(connection, events: events) }
            }
        }
    }

    private func takeCommands() -> [Command] {
        reactor.inbox.withLock { inbox in
            inbox.isSleeping = false
            guard !inbox.commands.isEmpty else { return [] }
            let commands = inbox.commands
            inbox.commands = []
            inbox.commands.reserveCapacity(commands.count)
            return commands
        }
    }

    /// Publishes the statistics; false when commands have come in meanwhile.
    private func prepareToSleep() -> Bool {
        statistics.openConnections = connections.count
        statistics.usedConnections = connections.count - idle.count
        return reactor.inbox.withLock { inbox in
            inbox.waiters -= departed
            departed = 0
            // Refusals are counted where they happen, in the inbox.
            let exhausted = inbox.statistics.exhausted
            let retries = inbox.statistics.retries
            inbox.statistics = statistics
            inbox.statistics.exhausted += exhausted
            inbox.statistics.retries = retries
            inbox.statistics.waiters = inbox.waiters
            statistics.exhausted = 0
            inbox.isSleeping = inbox.commands.isEmpty
            return inbox.isSleeping
        }
    }

    private func fill(_ entries: inout [pollfd]) {
        entries.removeAll(keepingCapacity: true)
        entries.append(pollfd(fd: reactor.wakePipe.readEnd, events: Int16(POLLIN), revents: 0))
        for connection in connections {
            let events = connection.needsFlush ? POLLIN | POLLOUT : POLLIN
            entries.append(pollfd(fd: connection.socket, events: Int16(events), revents: 0))
        }
    }

    private func handle(_ command: Command) {
        switch command {
        case .submit(let job): accept(job)
        case .cancel(let job): cancel(job)
        case .opened(let opened): add(opened)
        case .openFailed(let failure): openingFailed(failure)
        case .cancelSent(let id):
            if let connection = connections.first(where: { $0.id == id }) { cancelSent(connection) }
        case .shutDown(let deadline): drainDeadline = min(deadline, drainDeadline ?? deadline)
        }
    }

    /// Reads and writes what one connection is ready for.
    private func advance(_ connection: Connection, events: Int32) {
        connection.checkWhileSending()
        if connection.needsFlush, !connection.flush() { return drop(connection) }
        guard events & ~POLLOUT != 0 else { return }
        let statements: [BoundStatement]
        if case .running(let job) = connection.activity { statements = job.statements } else { statements = [] }
        switch connection.receive(statements: statements) {
        case .unfinished: break
        case .finished: finished(connection)
        case .lost: drop(connection)
        }
    }

    // MARK: Time

    /// Ends what has waited too long.
    private func expire() {
        while let job = waiting.first {
            if job.phase == .finished {
                waiting.removeFirst()
            } else if job.submitted + configuration.waitTimeout <= now {
                waiting.removeFirst()
                refuse(job)
            } else {
                break
            }
        }
        for connection in connections where connection.deadline <= now { timedOut(connection) }
    }

    private func refuse(_ job: Job) {
        let waited = now.since(job.submitted)
        var error = PostgresError(kind: .poolExhausted(waited: waited))
        if connections.isEmpty {
            error.kind = .unavailable(waited: waited)
            error.serverMessage = lastFailure
        } else {
            statistics.exhausted += 1
        }
        leaveQueue(job, error)
    }

    private var nextDeadline: MonotonicTime {
        var next = drainDeadline ?? .distantFuture
        if let job = waiting.first { next = min(next, job.submitted + configuration.waitTimeout) }
        for connection in connections { next = min(next, connection.deadline) }
        if isOpeningDue { next = min(next, nextOpening) }
        return next
    }

    // MARK: The end

    private var isDrained: Bool {
        liveWaiters == 0 && connections.count == idle.count
    }

    private func stop() {
        while let job = waiting.popFirst() {
            if job.phase != .finished { leaveQueue(job, PostgresError(kind: .closed)) }
        }
        for connection in connections { drop(connection) }
        let commands = reactor.inbox.withLock { inbox in
            inbox.state = .stopped
            inbox.statistics.openConnections = 0
            inbox.statistics.usedConnections = 0
            inbox.waiters = 0
            defer { inbox.commands = [] }
            return inbox.commands
        }
        for command in commands {
            switch command {
            case .submit(let job): answer(job, .failure(PostgresError(kind: .closed)))
            case .opened(let opened): PQfinish(opened.handle)
            case .cancel, .openFailed, .cancelSent, .shutDown: break
            }
        }
        deliver()
        let waiters = reactor.inbox.withLock { $0.threadEnds() }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Answers

    func answer(_ job: Job, _ result: Result<[ResultHandle], any Error>) {
        job.phase = .finished
        guard let continuation = job.continuation else { return }
        job.continuation = nil
        answers.append((continuation, result))
    }

    private func deliver() {
        guard !answers.isEmpty else { return }
        for (continuation, result) in answers { continuation.resume(with: result) }
        answers.removeAll(keepingCapacity: true)
    }
}

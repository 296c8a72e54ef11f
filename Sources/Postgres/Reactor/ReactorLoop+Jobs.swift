import CLibpq
import DequeModule
import Synchronization

// Which job runs on which connection.
extension ReactorLoop {
    func accept(_ job: Job) {
        guard job.needsConnection else { return acceptStep(job) }
        job.phase = .waiting
        liveWaiters += 1
        if job.isCancelled.load(ordering: .sequentiallyConsistent) { return leaveQueue(job, CancellationError()) }
        job.lease?.state = .opening
        if let connection = idle.popLast() {
            leaveQueue(job)
            start(job, on: connection)
        } else {
            job.waited = true
            statistics.waits += 1
            waiting.append(job)
        }
    }

    /// A transaction's later job goes to the connection the transaction has.
    private func acceptStep(_ job: Job) {
        guard let lease = job.lease else { return }
        job.phase = .waiting
        if job.isCancelled.load(ordering: .sequentiallyConsistent) { return answer(job, .failure(CancellationError())) }
        switch lease.state {
        case .held(let connection):
            if case .ready = connection.activity { start(job, on: connection) } else { lease.pending.append(job) }
        case .opening:
            lease.pending.append(job)
        case .new, .ended:
            answer(job, .failure(PostgresError(kind: .connectionLost(ambiguous: false))))
        }
    }

    /// The job is not in the queue any more; with an error it ends here.
    func leaveQueue(_ job: Job, _ error: (any Error)? = nil) {
        liveWaiters -= 1
        departed += 1
        if job.waited { statistics.totalWait += now.since(job.submitted) }
        guard let error else { return }
        answer(job, .failure(error))
        if let lease = job.lease { end(lease) }
    }

    private func end(_ lease: Lease) {
        lease.state = .ended
        let pending = lease.pending
        lease.pending = []
        for job in pending where job.phase != .finished {
            answer(job, .failure(PostgresError(kind: .connectionLost(ambiguous: false))))
        }
    }

    private func start(_ job: Job, on connection: Connection) {
        job.phase = .running
        if let lease = job.lease, job.opensLease {
            lease.state = .held(connection)
            connection.lease = lease
        }
        connection.deadline = responseDeadline(job)
        if !connection.send(job, preparedLimit: configuration.preparedStatementLimit) {
            // libpq refused to take the Sync, so none was sent.
            connection.sendingFailed()
            drop(connection)
        }
    }

    /// When a connection that answers nothing is given up. The server ends each statement by its own time-out; this is for a server or
    /// a network that has gone silent.
    private func responseDeadline(_ job: Job) -> MonotonicTime {
        guard let timeout = configuration.statementTimeout, timeout > .zero else { return .distantFuture }
        return now + timeout * job.statements.count + .seconds(15)
    }

    /// A connection has nothing more to do for its last job.
    func ready(_ connection: Connection) {
        connection.activity = .ready
        connection.deadline = .distantFuture
        if let lease = connection.lease {
            while !lease.pending.isEmpty {
                let job = lease.pending.removeFirst()
                if job.phase != .finished { return start(job, on: connection) }
            }
            return
        }
        while let job = waiting.popFirst() {
            if job.phase == .finished { continue }
            leaveQueue(job)
            return start(job, on: connection)
        }
        idle.append(connection)
    }

    /// Everything sent on the connection has been answered.
    func finished(_ connection: Connection) {
        switch connection.activity {
        case .running(let job): conclude(job, on: connection)
        case .cleaning:
            if connection.lease == nil, !connection.isOutsideTransaction { return drop(connection) }
            settle(connection)
        case .ready, .awaitingCancel: break
        }
    }

    private func conclude(_ job: Job, on connection: Connection) {
        let isCancelled = job.isCancelled.load(ordering: .relaxed)
        if connection.failure?.staleStatement == true {
            connection.mustForgetPrepared = true
            if job.lease == nil, !job.reprepared, !isCancelled, !connection.isBroken, connection.cancel == nil {
                job.reprepared = true
                statistics.repreparations += 1
                return start(job, on: connection)
            }
        }
        statistics.segments += 1
        if let failure = connection.failure {
            let wasCancelled = isCancelled && failure.sqlState == SQLState.queryCanceled
            answer(job, .failure(wasCancelled ? CancellationError() : failure))
        } else if job.lease == nil, !connection.isOutsideTransaction {
            answer(job, .failure(PostgresError(kind: .usage, reason: "the segment left a transaction open; it is rolled back")))
        } else {
            answer(job, .success(connection.results))
        }
        if job.closesLease, let lease = connection.lease {
            connection.lease = nil
            end(lease)
        }
        settle(connection)
    }

    /// Brings a connection without a job back to order before it gets the next one.
    private func settle(_ connection: Connection) {
        if connection.isBroken { return drop(connection) }
        if let cancel = connection.cancel {
            guard !cancel.isSending else {
                connection.activity = .awaitingCancel
                return
            }
            // The request has been delivered, but the server may act on it a moment later. An empty round trip takes that moment:
            // a request that arrives between two commands is dropped by the server (postgres.c, ProcessInterrupts).
            connection.cancel = nil
            return clean(connection, rollback: false)
        }
        if connection.lease == nil, !connection.isOutsideTransaction { return clean(connection, rollback: true) }
        ready(connection)
    }

    private func clean(_ connection: Connection, rollback: Bool) {
        connection.deadline = now + configuration.cancelTimeout
        if !connection.clean(rollback: rollback) { drop(connection) }
    }

    // MARK: Cancelling

    func cancel(_ job: Job) {
        switch job.phase {
        // Not yet taken from the inbox: its flag will be seen.
        case .new, .finished: break
        case .running:
            guard let connection = connections.first(where: { $0.isRunning(job) }), connection.cancel == nil else { return }
            connection.cancel = .init(isSending: false, attempts: 0, deadline: now + configuration.cancelTimeout)
            sendCancel(connection)
        case .waiting:
            if job.needsConnection {
                leaveQueue(job, CancellationError())
            } else {
                answer(job, .failure(CancellationError()))
            }
            dropFinishedWaiters()
        }
    }

    private func sendCancel(_ connection: Connection) {
        guard let handle = CancelHandle(connection.handle) else { return drop(connection) }
        connection.cancel?.isSending = true
        connection.cancel?.attempts += 1
        connection.deadline = connection.cancel?.deadline ?? now
        reactor.sendCancel(handle, connection: connection.id)
    }

    /// The request has reached the server, or could not.
    func cancelSent(_ connection: Connection) {
        guard connection.cancel != nil else { return }
        connection.cancel?.isSending = false
        switch connection.activity {
        case .awaitingCancel: settle(connection)
        case .running:
            // It may have come before the server began with the statement, and is then forgotten: ask again if nothing happens.
            let attempts = connection.cancel?.attempts ?? 1
            let again = now + .milliseconds(20 << min(attempts, 5))
            connection.deadline = min(again, connection.cancel?.deadline ?? again)
        case .ready, .cleaning: break
        }
    }

    /// Cancelled jobs stay in the queue until they are passed over; without a connection nothing passes over them.
    private func dropFinishedWaiters() {
        guard waiting.count > 64, waiting.count > liveWaiters * 2 else { return }
        waiting.removeAll { $0.phase == .finished }
    }

    /// A connection's deadline has come.
    func timedOut(_ connection: Connection) {
        if let cancel = connection.cancel, case .running = connection.activity, cancel.deadline > now {
            if !cancel.isSending { sendCancel(connection) }
            return
        }
        drop(connection)
    }

    // MARK: Losing

    /// Closes a connection; what ran on it fails.
    func drop(_ connection: Connection) {
        guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
        connections.remove(at: index)
        idle.removeAll { $0 === connection }
        if reactorIsRunning { statistics.lostConnections += 1 }
        if case .running(let job) = connection.activity {
            statistics.segments += 1
            let isCancelled = job.isCancelled.load(ordering: .relaxed)
            answer(job, .failure(isCancelled ? CancellationError() : connection.lossError(for: job)))
        }
        connection.activity = .ready
        if let lease = connection.lease {
            connection.lease = nil
            end(lease)
        }
    }

    private var reactorIsRunning: Bool { drainDeadline == nil }
}

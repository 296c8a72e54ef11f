import CLibpq
import Foundation
import Logging
import Synchronization

/// The callers' side of the I/O thread: hands jobs over and takes their results back.
///
/// libpq connections may be used by one thread at a time and its calls must not block the cooperative thread pool, so one thread of our
/// own polls all connections of a client. It is woken only when it sleeps; under load jobs are picked up in batches.
final class Reactor: Sendable {
    let configuration: PostgresConfiguration
    let registry: StatementRegistry
    let connector: Connector
    let wakePipe: WakePipe
    let inbox = Mutex(Inbox())
    let logger: Logger

    init(_ configuration: PostgresConfiguration, logger: Logger) throws {
        self.logger = logger
        self.configuration = configuration
        connector = try Connector(configuration: configuration)
        registry = StatementRegistry(limit: configuration.preparedStatementLimit)
        wakePipe = try WakePipe()
    }

    func start() {
        let thread = Thread { [self] in
            ReactorLoop(self).run()
        }
        thread.name = "postgres"
        thread.start()
    }

    /// Runs a job; throws `CancellationError` when the task is cancelled before the work is done.
    func perform(_ job: Job, isCancellable: Bool = true) async throws -> [ResultHandle] {
        guard isCancellable else {
            return try await withUnsafeThrowingContinuation { submit(job, continuation: $0) }
        }
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { submit(job, continuation: $0) }
        } onCancel: {
            // Before or after the job is handed over: the flag covers the first case, the command the second.
            job.isCancelled.store(true, ordering: .sequentiallyConsistent)
            post(.cancel(job))
        }
    }

    private func submit(_ job: Job, continuation: UnsafeContinuation<[ResultHandle], any Error>) {
        job.continuation = continuation
        // A transaction in progress may end during shutdown, and it waits for nobody.
        let isNew = job.needsConnection
        let (refusal, mustWake): (PostgresError?, Bool) = inbox.withLock { inbox in
            if inbox.state == .stopped || (inbox.state == .draining && isNew) { return (PostgresError(kind: .closed), false) }
            let free = configuration.poolSize - inbox.statistics.usedConnections
            if isNew, inbox.waiters >= configuration.maxWaiters + free {
                inbox.statistics.exhausted += 1
                return (PostgresError(kind: .poolExhausted(waited: .zero)), false)
            }
            if isNew { inbox.waiters += 1 }
            inbox.commands.append(.submit(job))
            defer { inbox.isSleeping = false }
            return (nil, inbox.isSleeping)
        }
        if mustWake { wakePipe.wake() }
        if let refusal { continuation.resume(throwing: refusal) }
    }

    /// False when the I/O thread has ended.
    @discardableResult
    func post(_ command: Command) -> Bool {
        let (isAccepted, mustWake): (Bool, Bool) = inbox.withLock { inbox in
            guard inbox.state != .stopped else { return (false, false) }
            inbox.commands.append(command)
            defer { inbox.isSleeping = false }
            return (true, inbox.isSleeping)
        }
        if mustWake { wakePipe.wake() }
        return isAccepted
    }

    var isStopped: Bool { inbox.withLock { $0.state == .stopped } }

    /// Refuses new work, lets work in progress end for as long as `timeout`, then closes every connection.
    func beginShutdown(timeout: Duration) {
        let mustWake = inbox.withLock { inbox in
            guard inbox.state != .stopped else { return false }
            inbox.state = .draining
            inbox.commands.append(.shutDown(deadline: .now + timeout))
            defer { inbox.isSleeping = false }
            return inbox.isSleeping
        }
        if mustWake { wakePipe.wake() }
    }

    /// Returns once every thread of the client that uses a connection has ended.
    func waitUntilStopped() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isStopped = inbox.withLock { inbox in
                if inbox.isOver { return true }
                inbox.stopWaiters.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }

    // MARK: Blocking work on threads of its own

    /// Opens a connection and tells the I/O thread.
    func open() {
        inbox.withLock { $0.threads += 1 }
        let thread = Thread { [self] in
            defer {
                let waiters = inbox.withLock { $0.threadEnds() }
                for waiter in waiters { waiter.resume() }
            }
            do throws(Connector.Failure) {
                let handle = try connector.connect { isStopped }
                guard PQenterPipelineMode(handle) == 1 else {
                    PQfinish(handle)
                    post(.openFailed(.refused("no pipeline mode")))
                    return
                }
                if !post(.opened(OpenedConnection(handle: handle))) { PQfinish(handle) }
            } catch {
                post(.openFailed(error))
            }
        }
        thread.start()
    }

    /// Asks the server to cancel what a connection runs. `PQcancel` opens a connection of its own and blocks.
    func sendCancel(_ cancel: CancelHandle, connection id: Int) {
        let thread = Thread { [self] in
            cancel.send()
            post(.cancelSent(connection: id))
        }
        thread.start()
    }
}

/// Owns a `PGcancel`.
///
/// `@unchecked Sendable` is safe: a `PGcancel` is a read-only copy of address and key, made for use in another thread (libpq
/// documentation, 34.7), and freed once, when the last reference is gone.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(pointer)
    }

    func send() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = PQcancel(pointer, buffer.baseAddress, Int32(buffer.count))
        }
    }
}

import CLibpq
import DequeModule
import Foundation
import Logging
import Synchronization

/// One LISTEN connection on a thread of its own, and the buffer between it and its reader.
final class Listener: Sendable {
    private struct State {
        var buffer: Deque<PostgresNotification> = []
        var reader: UnsafeContinuation<PostgresNotification?, any Error>?
        var failure: (any Error)?
        var isStopped = false
    }

    private let channels: [String]
    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let state = Mutex(State())
    private let wakePipe: WakePipe?

    init(channels: [String], configuration: PostgresConfiguration, logger: Logger) {
        self.channels = channels
        // A listener is idle by nature; only its first command runs at all.
        self.configuration = configuration
        self.logger = logger
        wakePipe = try? WakePipe()
    }

    // MARK: The reader's side

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "postgres-listen"
        thread.start()
    }

    func stop() {
        let reader = state.withLock { state in
            state.isStopped = true
            state.buffer.removeAll()
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
        wakePipe?.wake()
    }

    func next() async throws -> PostgresNotification? {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<PostgresNotification?, any Error>) in
                let answer: Result<PostgresNotification?, any Error>? = state.withLock { state in
                    if let element = state.buffer.popFirst() { return .success(element) }
                    if let failure = state.failure { return .failure(failure) }
                    if state.isStopped { return .success(nil) }
                    // Two readers at once would be a mistake of the caller; the older one is let go instead of being forgotten.
                    let older = state.reader
                    state.reader = continuation
                    older?.resume(returning: nil)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            stop()
        }
    }

    /// What would be read last.
    var newest: PostgresNotification? { state.withLock { $0.buffer.last } }

    // MARK: The thread's side

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func yield(_ element: PostgresNotification) {
        let reader = state.withLock { state -> UnsafeContinuation<PostgresNotification?, any Error>? in
            guard !state.isStopped else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            if state.buffer.count >= configuration.notificationBuffer {
                state.buffer.removeAll(keepingCapacity: true)
                state.buffer.append(.reconnected)
            }
            // Messages already announced as missed need no second announcement.
            if element == .reconnected, state.buffer.last == .reconnected { return nil }
            state.buffer.append(element)
            return nil
        }
        reader?.resume(returning: element)
    }

    private func fail(_ error: any Error) {
        let reader = state.withLock { state in
            state.failure = error
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(throwing: error)
    }

    private func run() {
        let connector: Connector
        do {
            connector = try Connector(configuration: configuration)
        } catch {
            return fail(error)
        }
        var failures = 0
        while !isStopped {
            do throws(Connector.Failure) {
                let handle = try connector.connect { isStopped }
                defer { PQfinish(handle) }
                guard listen(handle) else { throw .refused("LISTEN failed") }
                failures = 0
                yield(.reconnected)
                receive(handle)
                if !isStopped { logger.warning("Notification connection lost") }
            } catch {
                if failures.nonzeroBitCount <= 1, !isStopped {
                    logger.warning("Notification connection failed", metadata: ["failures": "\(failures)"])
                }
            }
            pause(failures: failures)
            failures += 1
        }
    }

    /// Waits before the next attempt, less when stopped.
    private func pause(failures: Int) {
        guard !isStopped, let wakePipe else { return }
        let milliseconds = min(5000, 50 << min(failures, 7))
        var entry = pollfd(fd: wakePipe.readEnd, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, Int32.random(in: Int32(milliseconds / 2)...Int32(milliseconds)))
    }

    private func listen(_ handle: OpaquePointer) -> Bool {
        let deadline = MonotonicTime.now + configuration.connectTimeout
        let sql = channels.map { "listen " + quotedIdentifier($0) }.joined(separator: "; ")
        guard PQsendQuery(handle, sql) == 1 else { return false }
        while true {
            while PQisBusy(handle) == 1 {
                guard PQflush(handle) >= 0, wait(handle, until: deadline), PQconsumeInput(handle) == 1 else { return false }
            }
            guard let result = PQgetResult(handle) else { return true }
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else { return false }
        }
    }

    /// True when there is something to read; false at the deadline or when stopped.
    private func wait(_ handle: OpaquePointer, until deadline: MonotonicTime) -> Bool {
        guard let wakePipe else { return false }
        while !isStopped {
            var entries = [
                pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakePipe.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&entries, 2, deadline.pollTimeout(from: .now))
            if entries[0].revents != 0 { return true }
            if MonotonicTime.now >= deadline { return false }
        }
        return false
    }

    private func receive(_ handle: OpaquePointer) {
        while wait(handle, until: .distantFuture) {
            guard PQconsumeInput(handle) == 1 else { return }
            while let notify = PQnotifies(handle) {
                yield(.message(channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra)))
                PQfreemem(notify)
            }
        }
    }
}

import CLibpq
import Foundation

/// One libpq connection in pipeline mode and what is expected from it. Belongs to the I/O thread; never leaves it.
///
/// Every statement sent adds an operation; results come back in the same order. A segment ends with its Sync, and so do the clean-up
/// commands between segments, so that an error can never run over from one to the next.
final class Connection {
    enum Activity {
        /// In the pool, or held by a transaction that sends nothing at the moment.
        case ready
        case running(Job)
        /// A ROLLBACK or an empty Sync between two jobs.
        case cleaning
        /// The job has ended, the cancel request it caused has not.
        case awaitingCancel
    }

    enum Operation {
        case prepare(Int)
        case query(Int)
        /// A command of our own; its failure breaks the connection.
        case housekeeping
        /// A Sync before the segment's own.
        case innerSync
        case sync
    }

    enum Progress {
        case unfinished, finished, lost
    }

    let id: Int
    let handle: OpaquePointer
    let socket: Int32
    var activity = Activity.ready
    var lease: Lease?
    /// When to give up or to cancel again.
    var deadline = MonotonicTime.distantFuture
    var cancel: CancelState?
    /// libpq holds bytes that the socket did not take yet.
    private(set) var needsFlush = false
    private var isUnsent = false
    private(set) var results: [ResultHandle] = []
    private(set) var failure: PostgresError?
    private let usesTLS: Bool
    private var operations: [Operation] = []
    private var next = 0
    private var prepared: Set<Int> = []
    /// The server may have dropped statements: prepare everything anew.
    var mustForgetPrepared = false

    struct CancelState {
        /// A thread is sending the request.
        var isSending: Bool
        var attempts: Int
        /// When the connection is given up.
        let deadline: MonotonicTime
    }

    init(id: Int, opened: OpenedConnection) {
        self.id = id
        handle = opened.handle
        socket = PQsocket(opened.handle)
        usesTLS = PQsslInUse(opened.handle) == 1
        operations.reserveCapacity(16)
    }

    deinit {
        PQfinish(handle)
    }

    // MARK: Sending

    /// Sends the job's statements and a Sync. False when the connection is broken; the server then has seen no Sync.
    func send(_ job: Job, preparedLimit: Int) -> Bool {
        begin()
        activity = .running(job)
        if job.lease == nil, mustForgetPrepared || prepared.count >= preparedLimit {
            mustForgetPrepared = false
            prepared.removeAll(keepingCapacity: true)
            // With a Sync of its own, since the segment may fail and this must not.
            guard command("DEALLOCATE ALL") else { return false }
            guard PQpipelineSync(handle) == 1 else { return false }
            operations.append(.innerSync)
        }
        for (index, statement) in job.statements.enumerated() {
            if prepared.insert(statement.prepared.id).inserted {
                guard sendPrepare(statement.prepared) else { return false }
                operations.append(.prepare(index))
            }
            guard send(statement) else { return false }
            operations.append(.query(index))
        }
        return sync()
    }

    /// Sends a ROLLBACK, if asked, and a Sync.
    func clean(rollback: Bool) -> Bool {
        begin()
        activity = .cleaning
        if rollback {
            guard command("ROLLBACK") else { return false }
        }
        return sync()
    }

    private func begin() {
        operations.removeAll(keepingCapacity: true)
        next = 0
        results = []
        failure = nil
    }

    private func command(_ text: String) -> Bool {
        operations.append(.housekeeping)
        return PQsendQueryParams(handle, text, 0, nil, nil, nil, nil, 1) == 1
    }

    private func sync() -> Bool {
        // PQpipelineSync flushes what the socket takes.
        guard PQpipelineSync(handle) == 1 else { return false }
        operations.append(.sync)
        return flush()
    }

    func isRunning(_ job: Job) -> Bool {
        if case .running(let running) = activity { running === job } else { false }
    }

    /// libpq has closed the socket.
    var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }

    /// The server's transaction is over, and with it everything the last segment did.
    var isOutsideTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Notes whether the server has closed the connection while libpq still holds bytes back: then it cannot have seen the Sync, which is
    /// the last thing written. Must be asked before anything more is written, which would hide it.
    func checkWhileSending() {
        guard needsFlush else { return }
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, Int32(MSG_PEEK))
        isUnsent = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// The segment's Sync could not even be given to libpq.
    func sendingFailed() {
        isUnsent = true
    }

    /// Writes what the socket takes. False when the connection is broken.
    func flush() -> Bool {
        let state = PQflush(handle)
        needsFlush = state == 1
        // A failed write counts as written for libpq and is reported by the next read; an error here means that bytes are left.
        if state < 0 { isUnsent = true }
        return state >= 0
    }

    private func sendPrepare(_ statement: PreparedStatement) -> Bool {
        statement.parameterTypes.withUnsafeBufferPointer { types in
            PQsendPrepare(handle, statement.name, statement.text, Int32(types.count), types.baseAddress) == 1
        }
    }

    private func send(_ statement: BoundStatement) -> Bool {
        let fields = statement.values.fields
        let count = fields.count
        guard count > 0 else { return PQsendQueryPrepared(handle, statement.prepared.name, 0, nil, nil, nil, 1) == 1 }
        return statement.values.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { pointers in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                    statement.prepared.name.withUnsafeBufferPointer { name in
                        // Lengths, then formats: 1 is binary.
                        numbers.initialize(repeating: 1)
                        for (index, field) in fields.enumerated() {
                            // An empty value that is not NULL needs a pointer too; without any bytes the name's serves.
                            let start = bytes.baseAddress.map { ($0 + Int(field.offset)).assumingMemoryBound(to: CChar.self) }
                            pointers.initializeElement(at: index, to: field.length < 0 ? nil : start ?? name.baseAddress)
                            numbers[index] = max(0, field.length)
                        }
                        let formats = UnsafeMutableBufferPointer(rebasing: numbers[count...])
                        return PQsendQueryPrepared(
                            handle,
                            name.baseAddress,
                            Int32(count),
                            pointers.baseAddress,
                            numbers.baseAddress,
                            formats.baseAddress,
                            1
                        ) == 1
                    }
                }
            }
        }
    }

    // MARK: Receiving

    /// Reads what has arrived. `finished` once everything sent has been answered.
    func receive(statements: [BoundStatement]) -> Progress {
        var isConnected = PQconsumeInput(handle) == 1
        // A TLS record of up to 16 kB can leave bytes in the TLS library, of which poll(2) knows nothing; libpq reads 8 kB at least.
        if usesTLS, isConnected { isConnected = PQconsumeInput(handle) == 1 }
        guard next < operations.count else {
            // Nothing is expected: the server says that a parameter has changed, or goodbye. PQisBusy takes it in.
            return PQisBusy(handle) == 0 && isConnected ? .unfinished : .lost
        }
        var sawNull = false
        while next < operations.count, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                // NULL ends the results of one command. A Sync has none.
                if PQstatus(handle) == CONNECTION_BAD { return .lost }
                switch operations[next] {
                case .innerSync, .sync:
                    // An error while committing (a deferred constraint) comes as a result before the Sync's own. Should nothing
                    // follow yet, wait for more input instead of turning round.
                    if sawNull { return .unfinished }
                    sawNull = true
                default:
                    next += 1
                }
                continue
            }
            sawNull = false
            guard accept(result, statements: statements) else { return .lost }
        }
        if next == operations.count { return .finished }
        return isConnected ? .unfinished : .lost
    }

    /// Takes one result. False when the connection cannot be used any more.
    private func accept(_ result: OpaquePointer, statements: [BoundStatement]) -> Bool {
        let handle = ResultHandle(result)
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            next += 1
            return true
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            if case .query = operations[next] { results.append(handle) }
            return true
        case PGRES_PIPELINE_ABORTED:
            // A Parse that was skipped leaves no statement; one that succeeded stays even if its segment is rolled back.
            forgetPrepare(statements)
            return true
        case PGRES_FATAL_ERROR:
            // libpq puts a result of its own, without a SQLSTATE, in place of what a broken connection did not bring.
            guard PQresultErrorField(result, Int32(UInt8(ascii: "C"))) != nil else { return false }
            forgetPrepare(statements)
            fail(PostgresError(result: result, statementIndex: statementIndex, sql: statementIndex.map { statements[$0].prepared.sql }))
            if case .housekeeping = operations[next] { return false }
            return true
        default:
            // COPY: libpq does not support it in pipeline mode, and the connection could not be brought back to order.
            var error = PostgresError(kind: .usage, reason: "the statement's results cannot be read in a segment")
            error.statementIndex = statementIndex
            fail(error)
            return false
        }
    }

    private func fail(_ error: PostgresError) {
        if failure == nil { failure = error }
    }

    private func forgetPrepare(_ statements: [BoundStatement]) {
        if case .prepare(let index) = operations[next] { prepared.remove(statements[index].prepared.id) }
    }

    private var statementIndex: Int? {
        switch operations[next] {
        case .prepare(let index), .query(let index): index
        case .housekeeping, .innerSync, .sync: nil
        }
    }

    // MARK: Breaking

    /// What the job in progress is told when the connection breaks.
    func lossError(for job: Job) -> PostgresError {
        if let failure, failure.kind != .server || failure.severity == "ERROR" {
            // The server refused a statement before it broke: nothing was committed, and why is known.
            return failure
        }
        // A FATAL in place of a statement's result came before the Sync was handled; for a COMMIT it may have come after the commit itself.
        let sawFatalEarly = failure?.statementIndex != nil && job.lease == nil
        let ambiguous = job.commits && !isUnsent && !sawFatalEarly
        var error = PostgresError(kind: .connectionLost(ambiguous: ambiguous))
        error.sqlState = failure?.sqlState
        error.severity = failure?.severity
        error.statementIndex = failure?.statementIndex
        return error
    }
}

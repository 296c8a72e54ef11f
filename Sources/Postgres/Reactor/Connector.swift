import CLibpq
import Foundation

/// Opens connections. It blocks, so it runs on threads of its own: libpq looks host names up with a blocking call inside
/// `PQconnectPoll`, and a slow name server must not stop the connections that work.
struct Connector: Sendable {
    let configuration: PostgresConfiguration
    let keywords: [(String, String)]

    init(configuration: PostgresConfiguration) throws {
        self.configuration = configuration
        let given = try PostgresConnectionString(configuration.url).parameters
        // Later keywords win: defaults, then the URL, then what the client depends on.
        var keywords = [
            ("application_name", configuration.applicationName),
            // A server that vanished without a word: its statements' own time would have to pass first, for the system waits a quarter of an hour.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000"),
            ("dbname", configuration.url),
            ("client_encoding", "UTF8"),
        ]
        var options = given["options"].map { [$0] } ?? []
        func set(_ name: String, _ duration: Duration?) {
            if let duration { options.append("-c \(name)=\(max(0, duration.roundedMilliseconds))") }
        }
        options.append("-c TimeZone=UTC")
        set("statement_timeout", configuration.statementTimeout)
        set("lock_timeout", configuration.lockTimeout)
        set("idle_in_transaction_session_timeout", configuration.idleInTransactionTimeout)
        keywords.append(("options", options.joined(separator: " ")))
        self.keywords = keywords
    }

    enum Failure: Error {
        /// libpq's message: names host, port, user and database, never the password.
        case refused(String)
        case timedOut
        case stopped
    }

    /// Opens a connection, not yet in pipeline mode. `isStopped` is asked about ten times a second.
    func connect(isStopped: () -> Bool) throws(Failure) -> OpaquePointer {
        let deadline = MonotonicTime.now + configuration.connectTimeout
        guard let handle = start() else { throw .refused("out of memory") }
        // Notices may quote data and nobody reads them.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do throws(Failure) {
            try finish(handle, deadline: deadline, isStopped: isStopped)
            return handle
        } catch {
            PQfinish(handle)
            throw error
        }
    }

    private func start() -> OpaquePointer? {
        let strings = keywords.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { for string in strings { free(string) } }
        var names: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        for (index, string) in strings.enumerated() {
            if index.isMultiple(of: 2) { names.append(UnsafePointer(string)) } else { values.append(UnsafePointer(string)) }
        }
        names.append(nil)
        values.append(nil)
        return PQconnectStartParams(names, values, 1)
    }

    private func finish(_ handle: OpaquePointer, deadline: MonotonicTime, isStopped: () -> Bool) throws(Failure) {
        guard PQstatus(handle) != CONNECTION_BAD else { throw .refused(message(handle)) }
        var waitingFor = PGRES_POLLING_WRITING
        while true {
            var entry = pollfd(fd: PQsocket(handle), events: Int16(waitingFor == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
            while poll(&entry, 1, min(100, deadline.pollTimeout(from: .now))) <= 0 {
                if isStopped() { throw .stopped }
                if MonotonicTime.now >= deadline { throw .timedOut }
            }
            waitingFor = PQconnectPoll(handle)
            if waitingFor == PGRES_POLLING_OK { break }
            if waitingFor == PGRES_POLLING_FAILED { throw .refused(message(handle)) }
        }
        guard PQsetnonblocking(handle, 1) == 0 else { throw .refused(message(handle)) }
    }

    private func message(_ handle: OpaquePointer) -> String {
        String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

/// A connection that one thread hands to another.
///
/// `@unchecked Sendable` is safe: whoever makes it gives its only use of the pointer away with it.
struct OpenedConnection: @unchecked Sendable {
    let handle: OpaquePointer
}

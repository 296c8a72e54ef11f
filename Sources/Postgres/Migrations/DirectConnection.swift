import CLibpq
import Foundation

/// A blocking connection outside any pool, for the migration runner's own thread.
final class DirectConnection {
    struct Failure: Error {
        var sqlState: String?
        var message: String
        /// Character of the SQL text the server points at, from 1.
        var position: Int?
    }

    private let handle: OpaquePointer

    init(url: String, lockTimeout: Duration, isStopped: () -> Bool) throws {
        // A migration may take long; only waiting for locks is bounded.
        let configuration = PostgresConfiguration(
            url: url,
            connectTimeout: .seconds(10),
            statementTimeout: .zero,
            lockTimeout: lockTimeout,
            idleInTransactionTimeout: nil,
            applicationName: "maitre-migrate"
        )
        let connector: Connector
        do {
            connector = try Connector(configuration: configuration)
        } catch {
            throw MigrationError.unavailable(message: "the connection string cannot be read")
        }
        do throws(Connector.Failure) {
            handle = try connector.connect(isStopped: isStopped)
        } catch {
            switch error {
            case .refused(let message): throw MigrationError.unavailable(message: message)
            case .timedOut: throw MigrationError.unavailable(message: "connecting took too long")
            case .stopped: throw CancellationError()
            }
        }
        _ = PQsetnonblocking(handle, 0)
    }

    deinit {
        PQfinish(handle)
    }

    /// Runs SQL without parameters by the simple protocol; several statements are one transaction.
    func execute(_ sql: String) throws(Failure) {
        _ = try checked(PQexec(handle, sql))
    }

    /// Rows of text; NULL is empty.
    func query(_ sql: String, _ parameters: [String] = []) throws(Failure) -> [[String]] {
        let strings = parameters.map { strdup($0) }
        defer { for string in strings { free(string) } }
        let pointers = strings.map { UnsafePointer<CChar>($0) }
        let result = try checked(PQexecParams(handle, sql, Int32(pointers.count), nil, pointers, nil, nil, 0))
        let columns = PQnfields(result.pointer)
        return (0..<PQntuples(result.pointer)).map { row in
            (0..<columns).map { column in PQgetvalue(result.pointer, row, column).map { String(cString: $0) } ?? "" }
        }
    }

    private func checked(_ result: OpaquePointer?) throws(Failure) -> ResultHandle {
        guard let result else { throw Failure(message: String(cString: PQerrorMessage(handle))) }
        let owned = ResultHandle(result)
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return owned
        default: break
        }
        func field(_ code: Unicode.Scalar) -> String? { PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } }
        var message = field("M") ?? String(cString: PQerrorMessage(handle))
        if let detail = field("D") { message += "; " + detail }
        throw Failure(sqlState: field("C"), message: message, position: field("P").flatMap { Int($0) })
    }
}

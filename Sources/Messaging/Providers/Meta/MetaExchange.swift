import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Watches one request: whether anything of it left us, and what came back, up to a limit.
final class MetaExchange: HTTPClientResponseDelegate {
    typealias Response = (head: HTTPResponseHead, body: [UInt8])

    /// Answers are a few hundred bytes.
    static let bodyLimit = 64 * 1024

    enum Failure: Error {
        case answerTooLarge
        case noAnswer
    }

    private struct State {
        var started = false
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Whether the head of the request was handed to the connection.
    ///
    /// async-http-client tells this on the task's event loop before it asks for the body there, so while this is false no byte of the body was
    /// written, and a server cannot have acted on the request. Once it is true, nobody knows.
    var hasStarted: Bool { state.withLock { $0.started } }

    func didSendRequestHead(task: HTTPClient.Task<Response>, _ head: HTTPRequestHead) {
        state.withLock { $0.started = true }
    }

    func didSendRequestPart(task: HTTPClient.Task<Response>, _ part: IOData) {
        state.withLock { $0.started = true }
    }

    func didReceiveHead(task: HTTPClient.Task<Response>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock {
            $0.started = true
            $0.head = head
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Response>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            guard state.body.count + buffer.readableBytes <= Self.bodyLimit else { return false }
            state.body.append(contentsOf: buffer.readableBytesView)
            return true
        }
        return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(Failure.answerTooLarge)
    }

    func didFinishRequest(task: HTTPClient.Task<Response>) throws -> Response {
        let state = state.withLock { $0 }
        guard let head = state.head else { throw Failure.noAnswer }
        return (head, state.body)
    }

    /// A word for logs and for the message's record; errors' own descriptions may have addresses in them.
    static func reason(_ error: any Error) -> String {
        switch error {
        case Failure.answerTooLarge: return "answer_too_large"
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return "connect_timeout"
            case .getConnectionFromPoolTimeout: return "no_free_connection"
            case .readTimeout: return "read_timeout"
            case .writeTimeout: return "write_timeout"
            case .deadlineExceeded: return "deadline_exceeded"
            case .cancelled: return "cancelled"
            case .remoteConnectionClosed: return "connection_closed"
            case .alreadyShutdown, .shutdownUnsupported: return "shutting_down"
            default: return "http_client_error"
            }
        case is ChannelError, is NIOConnectionError: return "connect_failed"
        case is IOError: return "connection_error"
        case is HTTPParserError: return "unreadable_answer"
        default: return "connection_error"
        }
    }
}

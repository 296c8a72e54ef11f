import AsyncHTTPClient
import Core
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends through the WhatsApp Cloud API.
///
/// The Cloud API has no idempotency key, so everything turns on one question: had anything of the message left us when it failed? Connections are
/// HTTP/1.1, requests are never repeated and redirects never followed.
public final class MetaClient: ChannelProvider {
    public struct Configuration: Sendable {
        /// With the version and without a final slash: `https://graph.facebook.com/v24.0`.
        public var baseURL: String
        public var connectTimeout: Duration = .seconds(5)
        /// The longest silence of a server that has the request.
        public var readTimeout: Duration = .seconds(15)
        /// From the call to the whole answer, waiting for a connection included.
        public var totalTimeout: Duration = .seconds(30)
        /// Connections kept to the host.
        public var connections: Int = 64
        /// An idle connection is closed after that, before the server does: a request that meets a closing server has an unknown outcome.
        public var idleTimeout: Duration = .seconds(15)

        public init(baseURL: String) {
            self.baseURL = baseURL
        }
    }

    private let configuration: Configuration
    private let client: HTTPClient
    private let logger: Logger

    /// The owner calls `shutdown()` when it is done.
    public init(configuration: Configuration, eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger) {
        var http = HTTPClient.Configuration()
        http.redirectConfiguration = .disallow
        http.timeout = .init(
            connect: .microseconds(configuration.connectTimeout.microseconds),
            read: .microseconds(configuration.readTimeout.microseconds)
        )
        http.connectionPool = .init(
            idleTimeout: .microseconds(configuration.idleTimeout.microseconds),
            concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.connections
        )
        // The job tries again; here a failure is reported at once.
        http.connectionPool.retryConnectionEstablishment = false
        http.httpVersion = .http1Only
        self.configuration = configuration
        self.logger = logger
        client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: http)
    }

    public func shutdown() async throws {
        try await client.shutdown()
    }

    public func send(_ message: OutboundMessage, using credentials: ChannelCredentials) async -> SendOutcome {
        await post(MetaMessageBody.bytes(of: message), credentials, attempt: message.attempt, expectsMessage: true)
    }

    public func markRead(providerMessageID: String, typing: Bool, using credentials: ChannelCredentials) async -> SendOutcome {
        await post(
            MetaMessageBody.bytes(markingRead: providerMessageID, typing: typing),
            credentials,
            attempt: 0,
            expectsMessage: false
        )
    }

    private func post(_ body: [UInt8], _ credentials: ChannelCredentials, attempt: Int, expectsMessage: Bool) async -> SendOutcome {
        let number = credentials.providerNumberID
        let token = credentials.accessToken.reveal()
        // Both come from configuration and go into a path and a header.
        guard !number.isEmpty, number.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return .rejected(
                ProviderFailure(code: nil, title: "The phone number id is not a number.", action: .stopChannel(reason: .numberDeleted))
            )
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return .rejected(ProviderFailure(code: nil, title: "The access token is not one.", action: .stopChannel(reason: .tokenInvalid)))
        }
        let request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(
                url: "\(configuration.baseURL)/\(number)/messages",
                method: .POST,
                headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
                body: .byteBuffer(ByteBuffer(bytes: body))
            )
        } catch {
            return .notSent(reason: "invalid_base_url", retryAfter: nil)
        }
        let exchange = MetaExchange()
        let deadline = NIODeadline.now() + .microseconds(configuration.totalTimeout.microseconds)
        let task = client.execute(request: request, delegate: exchange, deadline: deadline)
        do {
            let answer = try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
            return MetaAnswer.outcome(
                status: Int(answer.head.status.code),
                body: answer.body,
                retryAfter: answer.head.headers.first(name: "retry-after"),
                attempt: attempt,
                expectsMessage: expectsMessage
            )
        } catch {
            let reason = MetaExchange.reason(error)
            logger.debug("Request to the provider failed", metadata: ["reason": "\(reason)", "started": "\(exchange.hasStarted)"])
            return exchange.hasStarted ? .unknown(reason: reason) : .notSent(reason: reason, retryAfter: nil)
        }
    }
}

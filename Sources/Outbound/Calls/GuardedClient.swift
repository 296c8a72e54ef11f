import AsyncHTTPClient
import Core
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Calls addresses that strangers named, and only those that the policy permits (security-tests 4).
///
/// A name is resolved once, every one of its addresses is checked, and the connection goes to an address that was checked: what the name means a moment
/// later is of no interest. Redirects are answers like others. Time and bytes have limits, whatever the other side does.
public final class GuardedClient: Sendable {
    public struct Configuration: Sendable {
        public var connectTimeout: Duration = .seconds(5)
        /// From the question for the name's address to the whole answer.
        public var totalTimeout: Duration = .seconds(15)
        /// An idle connection is closed after that.
        public var idleTimeout: Duration = .seconds(20)
        /// Bytes of an answer's body that are read at most.
        public var readLimit = 64 * 1024
        /// Bytes of it that are kept.
        public var keptLimit = 2048
        /// Names and addresses whose connections are kept.
        public var destinations = 256
        /// Nil: the system's.
        var trustRoots: NIOSSLTrustRoots?

        public init() {}
    }

    private let policy: DestinationPolicy
    private let resolver: any Resolver
    private let configuration: Configuration
    private let clients: OutboundClients
    private let logger: Logger

    /// The owner calls `shutdown()` when it is done.
    public init(policy: DestinationPolicy, resolver: any Resolver, configuration: Configuration = .init(), logger: Logger) {
        self.policy = policy
        self.resolver = resolver
        self.configuration = configuration
        self.logger = logger
        clients = OutboundClients(configuration)
    }

    public func shutdown() {
        clients.shutdown()
    }

    /// The answer, whatever its status. An answer that is longer than is read counts as far as it was read.
    public func call(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundAnswer {
        let deadline = NIODeadline.now() + .microseconds(configuration.totalTimeout.microseconds)
        let addresses = try await permittedAddresses(of: request.url)
        var failure = OutboundFailure.notConnected
        // A name with many addresses of which none answers must not take longer than others.
        for address in addresses.prefix(3) {
            let name: String? = if case .name(let name) = request.url.host { name } else { nil }
            let exchange = OutboundExchange(readLimit: configuration.readLimit, keptLimit: configuration.keptLimit)
            do {
                try await clients.with(.init(name: name, address: address)) { client in
                    try await Self.run(request, exchange, client, deadline)
                }
                guard let answer = exchange.answer(isComplete: true) else { throw OutboundFailure.unreadable }
                return answer
            } catch {
                if let answer = exchange.answer(isComplete: false) { return answer }
                failure = Self.failure(error, hasStarted: exchange.hasStarted)
            }
            // Only while nothing has left us may another address be tried.
            guard !exchange.hasStarted, failure == .notConnected, NIODeadline.now() < deadline else { break }
        }
        throw failure
    }

    private func permittedAddresses(of url: OutboundURL) async throws(OutboundFailure) -> [IPAddress] {
        do {
            try policy.check(url)
            let addresses =
                switch url.host {
                case .address(let address): [address]
                case .name(let name): try await resolver.addresses(of: name)
                }
            try policy.check(addresses, of: url)
            return addresses
        } catch DestinationError.unresolved {
            throw .unresolved
        } catch is CancellationError {
            throw .cancelled
        } catch {
            logger.notice("A call was refused", metadata: ["host": "\(url.hostText)", "reason": "\(error)"])
            throw .blocked
        }
    }

    private static func run(_ request: OutboundRequest, _ exchange: OutboundExchange, _ client: HTTPClient, _ deadline: NIODeadline)
        async throws
    {
        var headers = HTTPHeaders()
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        let http = try HTTPClient.Request(
            url: request.url.description,
            method: .POST,
            headers: headers,
            body: .byteBuffer(ByteBuffer(bytes: request.body))
        )
        // What was checked is what is called, whatever another reader makes of the text.
        guard http.url.host(percentEncoded: false).map({ $0 == request.url.hostText || "[\($0)]" == request.url.hostText }) == true else {
            throw OutboundFailure.blocked
        }
        let task = client.execute(request: http, delegate: exchange, deadline: deadline)
        try await withTaskCancellationHandler {
            try await task.get()
        } onCancel: {
            task.cancel()
        }
    }

    private static func failure(_ error: any Error, hasStarted: Bool) -> OutboundFailure {
        switch error {
        case let failure as OutboundFailure: return failure
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return .notTrusted
        case is HTTPParserError: return .unreadable
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return .notConnected
            case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout: return .timedOut
            case .cancelled: return .cancelled
            case .tlsHandshakeTimeout: return .notTrusted
            default: return hasStarted ? .connectionLost : .notConnected
            }
        case is CancellationError: return .cancelled
        default: return hasStarted ? .connectionLost : .notConnected
        }
    }
}

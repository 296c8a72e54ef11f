import AsyncHTTPClient
import Core
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One HTTP client for each name and address. async-http-client connects a name to a given address, with the name for SNI, certificate and `Host`, by a
/// setting of the client; so a client belongs to one address, and its open connections lead there and nowhere else.
final class OutboundClients: Sendable {
    struct Destination: Hashable {
        /// Nil when the URL names the address itself.
        let name: String?
        let address: IPAddress
    }

    private struct Entry {
        let client: HTTPClient
        var users: Int
        var lastUse: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Destination: Entry] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let configuration: GuardedClient.Configuration
    private let trustRoots: NIOSSLTrustRoots

    init(_ configuration: GuardedClient.Configuration) {
        self.configuration = configuration
        // Read once: reading them for each client would cost more than a call does.
        trustRoots = configuration.trustRoots ?? Self.systemRoots
    }

    /// Runs `body` with the client of a destination.
    func with<Value: Sendable>(_ destination: Destination, _ body: (HTTPClient) async throws -> Value) async throws -> Value {
        guard let (client, isShared) = take(destination) else { throw OutboundFailure.cancelled }
        defer { giveBack(destination, client, isShared: isShared) }
        return try await body(client)
    }

    func shutdown() {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { Self.end(client) }
    }

    private func take(_ destination: Destination) -> (HTTPClient, isShared: Bool)? {
        let now = ContinuousClock.now
        var ended: [HTTPClient] = []
        defer { for client in ended { Self.end(client) } }
        return state.withLock { state in
            guard !state.isShutDown else { return nil }
            if let known = state.entries[destination] {
                state.entries[destination]?.users += 1
                return (known.client, true)
            }
            if state.entries.count >= configuration.destinations {
                for (other, entry) in state.entries where entry.users == 0 && entry.lastUse + configuration.idleTimeout < now {
                    ended.append(entry.client)
                    state.entries[other] = nil
                }
            }
            let client = makeClient(destination)
            guard state.entries.count < configuration.destinations else { return (client, false) }
            state.entries[destination] = Entry(client: client, users: 1, lastUse: now)
            return (client, true)
        }
    }

    private func giveBack(_ destination: Destination, _ client: HTTPClient, isShared: Bool) {
        guard isShared else { return Self.end(client) }
        state.withLock { state in
            state.entries[destination]?.users -= 1
            state.entries[destination]?.lastUse = .now
        }
    }

    private static func end(_ client: HTTPClient) {
        client.shutdown { _ in }
    }

    private func makeClient(_ destination: Destination) -> HTTPClient {
        var http = HTTPClient.Configuration()
        http.redirectConfiguration = .disallow
        http.httpVersion = .http1Only
        http.timeout = .init(connect: .microseconds(configuration.connectTimeout.microseconds))
        http.connectionPool = .init(
            idleTimeout: .microseconds(configuration.idleTimeout.microseconds),
            concurrentHTTP1ConnectionsPerHostSoftLimit: 64
        )
        http.connectionPool.retryConnectionEstablishment = false
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.trustRoots = trustRoots
        http.tlsConfiguration = tls
        if let name = destination.name { http.dnsOverride = [name: destination.address.description] }
        return HTTPClient(eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: http)
    }

    private static var systemRoots: NIOSSLTrustRoots {
        for path in ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"] {
            if let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty { return .certificates(certificates) }
        }
        return .default
    }
}

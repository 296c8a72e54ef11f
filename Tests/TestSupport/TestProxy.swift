import Foundation
import Postgres
import Synchronization

/// A TCP proxy before the test cluster that disturbs connections: cuts bytes into random pieces, holds them back, breaks connections.
public final class TestProxy: Sendable {
    /// What happens to the bytes passing through.
    public struct Behaviour: Sendable {
        /// Pieces of 1 to this many bytes; nil passes on what comes.
        public var maxChunk: Int?
        /// Bytes to the server wait.
        public var holdsRequests = false
        /// Bytes from the server wait.
        public var holdsAnswers = false
        /// New connections are closed at once.
        public var refuses = false

        public init(maxChunk: Int? = nil) {
            self.maxChunk = maxChunk
        }
    }

    private struct State {
        var behaviour: Behaviour
        var links: [Link] = []
        var seed: UInt64
        var accepted = 0
    }

    public let port: Int
    private let url: String
    private let address: PostgresConnectionString
    private let listener: Int32
    private let state: Mutex<State>
    private let isStopped = Atomic<Bool>(false)

    public enum SetupError: Error {
        case socket(Int32)
    }

    /// Listens on a free port of 127.0.0.1 and passes on to the server of the URL.
    public init(to url: String, behaviour: Behaviour = Behaviour(), seed: UInt64 = 1) throws {
        self.url = url
        address = try PostgresConnectionString(url)
        (listener, port) = try Sockets.listen()
        state = Mutex(State(behaviour: behaviour, seed: seed))
        let thread = Thread { [self] in acceptAll() }
        thread.start()
    }

    /// The URL that goes through the proxy. Without TLS, so that pieces are the protocol's bytes.
    public var proxiedURL: String {
        var address = address
        address.parameters["host"] = "127.0.0.1"
        address.parameters["hostaddr"] = nil
        address.parameters["port"] = String(port)
        address.parameters["sslmode"] = "disable"
        address.parameters["gssencmode"] = "disable"
        return address.uri
    }

    /// Connections accepted so far.
    public var accepted: Int { state.withLock { $0.accepted } }

    public func change(_ body: (inout Behaviour) -> Void) {
        state.withLock { body(&$0.behaviour) }
    }

    /// Breaks every connection there is.
    public func cut() {
        let links = state.withLock { state in
            defer { state.links = [] }
            return state.links
        }
        for link in links { link.close() }
    }

    public func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        cut()
    }

    private var behaviour: Behaviour { state.withLock { $0.behaviour } }

    private func acceptAll() {
        while !isStopped.load(ordering: .sequentiallyConsistent) {
            guard Sockets.isReadable(listener, milliseconds: 20) else { continue }
            let client = accept(listener, nil, nil)
            guard client >= 0 else { continue }
            guard !behaviour.refuses, let server = Sockets.connect(address.parameters) else {
                close(client)
                continue
            }
            Sockets.sendAtOnce(client)
            let link = Link(client: client, server: server)
            let seed = state.withLock { state in
                state.links.append(link)
                state.accepted += 1
                state.seed = state.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state.seed
            }
            pump(link, from: client, to: server, seed: seed) { $0.holdsRequests }
            pump(link, from: server, to: client, seed: ~seed) { $0.holdsAnswers }
        }
        close(listener)
    }

    private func pump(_ link: Link, from: Int32, to: Int32, seed: UInt64, holds: @escaping @Sendable (Behaviour) -> Bool) {
        let thread = Thread { [self] in
            var random = SplitMix64(seed: seed)
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while !link.isClosed {
                guard Sockets.isReadable(from, milliseconds: 20) else { continue }
                let count = recv(from, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                var sent = 0
                while sent < count, !link.isClosed {
                    let behaviour = behaviour
                    if holds(behaviour) {
                        usleep(500)
                        continue
                    }
                    let piece = behaviour.maxChunk.map { Int.random(in: 1...$0, using: &random) } ?? count
                    let end = min(count, sent + piece)
                    guard Sockets.send(to, buffer[sent..<end]) else { break }
                    sent = end
                }
                if sent < count { break }
            }
            link.close()
            link.release()
        }
        thread.start()
    }
}

/// One connection through the proxy.
private final class Link: Sendable {
    private let client: Int32
    private let server: Int32
    private let closed = Atomic<Bool>(false)
    private let users = Atomic<Int>(2)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    var isClosed: Bool { closed.load(ordering: .sequentiallyConsistent) }

    /// Ends both sides; the descriptors live until both threads have let go of them.
    func close() {
        guard !closed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }

    func release() {
        if users.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 {
            _ = Foundation.close(client)
            _ = Foundation.close(server)
        }
    }
}

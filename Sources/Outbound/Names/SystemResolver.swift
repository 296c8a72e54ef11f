import Foundation
import NIOCore
import NIOPosix

/// The machine's own resolver (`getaddrinfo`), on threads of its own: it blocks, and a name server that does not answer holds a thread for as long as the
/// machine's configuration says. Whoever waits here waits for `timeout` at most.
public final class SystemResolver: Resolver {
    private let threads: NIOThreadPool
    private let timeout: Duration

    /// - Parameter threads: names that can be looked up at once.
    public init(threads: Int = 16, timeout: Duration = .seconds(5)) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.timeout = timeout
        self.threads.start()
    }

    /// Lets the threads go; nothing can be looked up afterwards.
    public func shutdown() async throws {
        try await threads.shutdownGracefully()
    }

    public func addresses(of name: String) async throws -> [IPAddress] {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: [IPAddress].self)
        let timer = loop.scheduleTask(in: .nanoseconds(timeout.components.seconds * 1_000_000_000)) {
            // Of two answers a promise takes the first.
            promise.fail(DestinationError.unresolved)
        }
        threads.runIfActive(eventLoop: loop) { Self.lookUp(name) }.whenComplete { result in
            timer.cancel()
            switch result {
            case .success(let addresses) where !addresses.isEmpty: promise.succeed(addresses)
            default: promise.fail(DestinationError.unresolved)
            }
        }
        return try await promise.futureResult.get()
    }

    private static func lookUp(_ name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let socket = current.pointee.ai_addr, let address = IPAddress(socket), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = current.pointee.ai_next
        }
        return addresses
    }
}

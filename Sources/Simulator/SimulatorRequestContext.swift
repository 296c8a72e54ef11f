import Hummingbird
import Logging
import NIOCore

/// A context whose connection can be closed without an answer, for the `close` and `timeout` faults.
///
/// With any other context those faults send a head and then break off: a failed answer either way.
public protocol ClosableRequestContext: RequestContext {
    func closeConnection()
}

/// The context of a simulator that runs alone.
public struct SimulatorRequestContext: ClosableRequestContext {
    public var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    public func closeConnection() {
        channel.close(promise: nil)
    }
}

/// A durable queue by name. Its settings are a row of `queue.queues`.
public struct Queue: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    /// Updates that providers sent, one lane for each channel and contact.
    public static let inbound = Queue("inbound")
    /// Messages on their way to a provider, one lane for each channel and contact.
    public static let messageSending = Queue("message_sending")
    /// Events on their way to webhook endpoints, a few lanes for each endpoint.
    public static let webhookDelivery = Queue("webhook_delivery")
    /// The same for endpoints that take long to answer, so that these hold nobody else up.
    public static let webhookSlow = Queue("webhook_slow")
    /// Things that a clock starts.
    public static let maintenance = Queue("maintenance")

    public static let all: [Queue] = [.inbound, .messageSending, .webhookDelivery, .webhookSlow, .maintenance]

    /// What a queue can be called.
    public static var namePattern: Regex<Substring> { /[a-z][a-z0-9_]{0,59}/ }

    public var description: String { name }
}

/// Which lane goes first when one merchant has several that are ready. Inside a lane nothing overtakes.
public enum LanePriority: Int16, Sendable {
    case urgent = 0
    case normal = 1
    case low = 2
    case bulk = 3
}

import Core

/// Where a restaurant wants to be told what happens (H3).
public struct WebhookEndpoint: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case active
        /// By a person: deliveries are held until it is resumed.
        case paused
        /// By Maitre, which gave up on it: nothing is kept for it until a person resumes it.
        case disabled
    }

    /// Why Maitre disabled it.
    public enum Reason: String, Sendable, CaseIterable {
        /// It answered 410.
        case gone
        /// Nothing but failures for days.
        case failing
    }

    public let id: WebhookEndpointID
    public let url: String
    public let description: String?
    /// Nil for all, also those that are to come.
    public let eventTypes: [String]?
    public let status: Status
    public let reason: Reason?
    public let statusAt: Timestamp
    /// The first failure after the last success.
    public let failingSince: Timestamp?
    /// Failures since then.
    public let failures: Int
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// A secret that signs for an endpoint; shown when it is made and never again.
public struct NewWebhookSecret: Sendable {
    public let secret: Secret<String>
    /// Until when the one before it signs along.
    public let previousExpiresAt: Timestamp?
}

public struct WebhookEndpointIn: Sendable {
    public var url: String
    public var description: String?
    public var eventTypes: [String]?

    public init(url: String, description: String? = nil, eventTypes: [String]? = nil) {
        self.url = url
        self.description = description
        self.eventTypes = eventTypes
    }
}

/// What may be changed; the outer nil: unchanged.
public struct WebhookEndpointPatch: Sendable {
    public var url: String?
    public var description: String??
    public var eventTypes: [String]??

    public init(url: String? = nil, description: String?? = nil, eventTypes: [String]?? = nil) {
        self.url = url
        self.description = description
        self.eventTypes = eventTypes
    }

    /// The names of what is changed, as the API calls it.
    var fields: [String] {
        var names: [String] = []
        if url != nil { names.append("url") }
        if description != nil { names.append("description") }
        if eventTypes != nil { names.append("eventTypes") }
        return names
    }
}

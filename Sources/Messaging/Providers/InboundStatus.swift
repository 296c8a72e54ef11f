import Core

/// News about a message that we sent.
public struct InboundStatus: Sendable {
    /// At most 300 characters.
    public let providerMessageID: String
    /// `sent`, `delivered`, `read`, `played` or `failed`.
    public let status: MessageStatus
    public let timestamp: Timestamp?
    public let recipient: ContactIdentity
    /// Set when it went to a group; `recipient` is then the participant, when the provider says who.
    public let groupID: String?
    /// What we sent along to find the message again: its id.
    public let correlation: String?
    /// Category, type and whether it costs: a JSON object in camelCase.
    public let pricing: String?
    /// With `failed` only.
    public let errors: [ProviderError]
    /// The status as it came, fit for `jsonb`.
    public let raw: String
}

/// An error as a provider words it.
public struct ProviderError: Sendable, Hashable {
    public let code: Int64
    public let title: String
    public let details: String?

    public init(code: Int64, title: String, details: String? = nil) {
        self.code = code
        self.title = title
        self.details = details
    }
}

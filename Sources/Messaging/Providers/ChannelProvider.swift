import Core

/// Sends for a channel. One implementation a provider; what the vendor says stops here.
public protocol ChannelProvider: Sendable {
    /// Sends one message, once: an implementation never repeats a request on its own.
    func send(_ message: OutboundMessage, using credentials: ChannelCredentials) async -> SendOutcome

    /// Marks a message of the customer as read, and shows that somebody is typing. It has no effect that must not happen twice.
    ///
    /// - Parameter typing: show it until the answer is sent, at most 25 s.
    func markRead(providerMessageID: String, typing: Bool, using credentials: ChannelCredentials) async -> SendOutcome
}

/// What a provider needs to send from a number.
public struct ChannelCredentials: Sendable {
    /// Meta: `phone_number_id`.
    public let providerNumberID: String
    public let accessToken: Secret<String>

    public init(providerNumberID: String, accessToken: Secret<String>) {
        self.providerNumberID = providerNumberID
        self.accessToken = accessToken
    }
}

/// A message on its way to a provider.
public struct OutboundMessage: Sendable {
    public enum Recipient: Sendable, Hashable {
        /// WhatsApp's id or a number, with or without `+`.
        case waID(String)
        /// Business-scoped user id, of a customer who has no number for us.
        case userID(String)
        case group(String)

        /// A group before a person, a number before a user id, as Meta prefers them; nil when there is nothing to send to.
        public init?(waID: String?, userID: String?, groupID: String? = nil) {
            if let groupID {
                self = .group(groupID)
            } else if let waID {
                self = .waID(waID)
            } else if let userID {
                self = .userID(userID)
            } else {
                return nil
            }
        }
    }

    /// Ours. It goes along as correlation data and comes back with every status, which settles an unknown outcome.
    public let id: MessageID
    public let recipient: Recipient
    public let content: OutboundContent
    /// The provider's id of the message that this one answers.
    public let quotedProviderMessageID: String?
    /// The provider's id of the message that a reaction is for; without it, `content`'s own id is taken.
    public let reactionTarget: String?
    /// How often it was tried before; decides how long a refusal for pace waits.
    public let attempt: Int

    public init(
        id: MessageID,
        recipient: Recipient,
        content: OutboundContent,
        quotedProviderMessageID: String? = nil,
        reactionTarget: String? = nil,
        attempt: Int = 0
    ) {
        self.id = id
        self.recipient = recipient
        self.content = content
        self.quotedProviderMessageID = quotedProviderMessageID
        self.reactionTarget = reactionTarget
        self.attempt = attempt
    }
}

/// What became of a request to a provider.
public enum SendOutcome: Sendable, Hashable {
    /// The provider took it; that is not yet delivery. `providerMessageID` is empty for `markRead`.
    ///
    /// `held`: a template that waits for a quality check and may still be dropped.
    case accepted(providerMessageID: String, recipientWaID: String?, recipientUserID: String?, held: Bool)
    case rejected(ProviderFailure)
    /// Nothing of the message had left us: it may be sent again, after `retryAfter` if the provider or the reason says so.
    case notSent(reason: String, retryAfter: Duration?)
    /// It may have been taken. Never to be sent again blindly: a status settles it, or time does.
    case unknown(reason: String)
}

import Core

/// One piece of news from a provider, in our own terms.
public enum InboundUpdate: Sendable {
    case message(InboundMessage)
    /// A message that the restaurant sent from the WhatsApp app on its own phone; `contact` is who it went to.
    case echo(InboundMessage)
    /// `message.content` is the new content.
    case edit(InboundMessage, originalProviderMessageID: String)
    case revoke(InboundMessage, originalProviderMessageID: String)
    /// The customer has a new number or user id. `message` is the system message to show; its contact is the old identity.
    case identityChange(InboundMessage, new: ContactIdentity)
    case status(InboundStatus)
    case preference(InboundPreference)
    /// The provider has trouble with the number as a whole.
    case channelError(errors: [ProviderError], json: String)
    /// Templates, quality, account: `json` is the change as it came, `{"field":…,"value":…}`.
    case management(field: String, json: String)
    /// What an outside bot tells; `payload` is the whole body as it came.
    case outside(OutsideEvent, payload: [UInt8])
    /// Not understood; `json` is what came.
    case unknown(json: String)
}

public struct InboundMessage: Sendable {
    /// At most 300 characters.
    public let providerMessageID: String
    public let contact: ContactIdentity
    /// The provider's own time; to be shown, never to sort by.
    public let providerTimestamp: Timestamp?
    public let content: MessageContent
    /// The message that this one answers. It may be one that was never stored.
    public let quotedProviderMessageID: String?
    public let isForwarded: Bool
    public let isFrequentlyForwarded: Bool
    /// The advertisement or post that led here, as the provider said it: a JSON object fit for `jsonb`.
    public let referral: String?
    /// The product the customer was looking at: a JSON object.
    public let referredProduct: String?
    /// Set when it was written in a group; `contact` is then the participant.
    public let groupID: String?
    /// The message as it came, fit for `jsonb`: nothing is left out.
    public let raw: String

    /// The message that is reacted to, and the emoji; nil emoji removes the reaction. Nil when this is not a reaction.
    public var reaction: (providerMessageID: String, emoji: String?)? {
        guard content.type == .reaction, let value = content.value, let target = value["messageId"]?.string else { return nil }
        let emoji = value["emoji"]?.string ?? ""
        return (target, emoji.isEmpty ? nil : emoji)
    }
}

/// Consent that a customer gave or took back.
public struct InboundPreference: Sendable {
    public let contact: ContactIdentity
    /// `marketing_messages`
    public let category: String
    /// `stop`, `resume` or `signup`.
    public let value: String
    public let detail: String?
    public let timestamp: Timestamp?
    public let raw: String
}

import Core

/// One WhatsApp number of a bot on one provider. Its secrets are written, never read back (A10).
public struct Channel: Sendable, Equatable {
    public enum Status: String, Sendable {
        case active
        /// Nothing goes out until a person has mended what the provider complained about; incoming messages are still stored.
        case stopped
    }

    public let id: ChannelID
    public let bot: BotID
    public let provider: ProviderName
    /// The provider's id of the number; Meta's `phone_number_id`.
    public let providerNumberID: String
    public let wabaID: String?
    /// E.164.
    public let displayNumber: String
    public let hasAccessToken: Bool
    public let hasVerifyToken: Bool
    public let messagesPerSecond: Int
    public let status: Status
    public let stoppedReason: String?
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// What makes a Meta channel.
public struct MetaChannelIn: Sendable {
    public var bot: BotID
    public var phoneNumberID: String
    public var wabaID: String
    public var displayNumber: PhoneNumber
    public var appID: String
    public var appSecret: Secret<String>
    public var accessToken: Secret<String>
    public var verifyToken: Secret<String>

    public init(
        bot: BotID,
        phoneNumberID: String,
        wabaID: String,
        displayNumber: PhoneNumber,
        appID: String,
        appSecret: Secret<String>,
        accessToken: Secret<String>,
        verifyToken: Secret<String>
    ) {
        self.bot = bot
        self.phoneNumberID = phoneNumberID
        self.wabaID = wabaID
        self.displayNumber = displayNumber
        self.appID = appID
        self.appSecret = appSecret
        self.accessToken = accessToken
        self.verifyToken = verifyToken
    }
}

/// What makes the channel of an outside bot.
public struct OutsideChannelIn: Sendable {
    public var bot: BotID
    public var displayNumber: PhoneNumber
    /// What the bot signs with: its UTF-8 is the key.
    public var webhookSecret: Secret<String>

    public init(bot: BotID, displayNumber: PhoneNumber, webhookSecret: Secret<String>) {
        self.bot = bot
        self.displayNumber = displayNumber
        self.webhookSecret = webhookSecret
    }
}

/// What may be changed of a channel; nil: unchanged.
public struct ChannelPatch: Sendable {
    public var accessToken: Secret<String>?
    public var verifyToken: Secret<String>?
    public var status: Channel.Status?
    public var messagesPerSecond: Int?

    public init(
        accessToken: Secret<String>? = nil,
        verifyToken: Secret<String>? = nil,
        status: Channel.Status? = nil,
        messagesPerSecond: Int? = nil
    ) {
        self.accessToken = accessToken
        self.verifyToken = verifyToken
        self.status = status
        self.messagesPerSecond = messagesPerSecond
    }

    /// The names of what is changed, as the API calls it.
    var fields: [String] {
        var names: [String] = []
        if accessToken != nil { names.append("accessToken") }
        if verifyToken != nil { names.append("verifyToken") }
        if status != nil { names.append("status") }
        if messagesPerSecond != nil { names.append("messagesPerSecond") }
        return names
    }
}

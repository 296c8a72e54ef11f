import Core

/// A channel of a bot works: it was made, or works again after it had been stopped.
public struct BotConnected: EventPayload {
    public static let type = EventType.botConnected
    public var bot: BotID
    public var channel: ChannelID

    public init(bot: BotID, channel: ChannelID) {
        self.bot = bot
        self.channel = channel
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("botId", bot)
        writer.member("channelId", channel)
    }
}

/// A channel was stopped: nothing goes out on it until a person has mended what the provider complained about.
public struct BotDisconnected: EventPayload {
    public static let type = EventType.botDisconnected
    public var bot: BotID
    public var channel: ChannelID
    public var reason: String

    public init(bot: BotID, channel: ChannelID, reason: String) {
        self.bot = bot
        self.channel = channel
        self.reason = reason
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("botId", bot)
        writer.member("channelId", channel)
        writer.member("reason", reason)
    }
}

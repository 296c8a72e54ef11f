/// What a credential may be limited to: `resource:read`, `resource:write`, and single ones for what costs money or trust.
public enum Scope {
    public static let botsRead = "bots:read"
    public static let botsWrite = "bots:write"
    public static let conversationsRead = "conversations:read"
    public static let conversationsWrite = "conversations:write"
    public static let messagesRead = "messages:read"
    public static let messagesSend = "messages:send"
    public static let usageRead = "usage:read"

    /// Every scope of a merchant's credential, in the order they are shown.
    public static let all = [botsRead, botsWrite, conversationsRead, conversationsWrite, messagesRead, messagesSend, usageRead]
}

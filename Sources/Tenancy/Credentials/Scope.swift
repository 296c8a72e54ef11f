/// What a credential may be limited to: `resource:read`, `resource:write`, and single ones for what costs money or trust.
public enum Scope {
    /// Everything that concerns the installation; of platform keys only.
    public static let admin = "admin"

    public static let auditRead = "audit:read"
    public static let botsRead = "bots:read"
    public static let botsWrite = "bots:write"
    public static let conversationsRead = "conversations:read"
    public static let conversationsWrite = "conversations:write"
    public static let eventsRead = "events:read"
    public static let keysManage = "keys:manage"
    public static let messagesRead = "messages:read"
    public static let messagesSend = "messages:send"
    public static let settingsRead = "settings:read"
    public static let settingsWrite = "settings:write"
    public static let teamRead = "team:read"
    public static let teamWrite = "team:write"
    public static let usageRead = "usage:read"
    public static let webhooksRead = "webhooks:read"
    public static let webhooksWrite = "webhooks:write"

    /// Every scope of a merchant's or person's credential, in the order they are shown.
    public static let all = [
        auditRead, botsRead, botsWrite, conversationsRead, conversationsWrite, eventsRead, keysManage, messagesRead, messagesSend,
        settingsRead,
        settingsWrite, teamRead, teamWrite, usageRead, webhooksRead, webhooksWrite,
    ]

    /// Every scope of a platform key.
    public static let platform = [admin]
}

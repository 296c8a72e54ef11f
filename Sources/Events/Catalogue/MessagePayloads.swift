import Core
import Postgres

/// A customer's message, or one of WhatsApp itself, was stored.
public struct MessageReceived: EventPayload {
    public static let type = EventType.messageReceived
    /// The whole message as the API shows it.
    public var message: PostgresJSON
    /// Whether somebody should be told; not in modes that only store.
    public var notify: Bool

    public init(message: PostgresJSON, notify: Bool) {
        self.message = message
        self.notify = notify
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("message", raw: message.bytes)
        writer.member("notify", notify)
    }
}

/// A message left: the provider took it, or the restaurant's own handset sent it, and then `message` is there, since nobody has seen it before.
public struct MessageSent: EventPayload {
    public static let type = EventType.messageSent
    public var message: MessageID
    public var sequence: Int64
    /// Of the message: `text`, `template` …
    public var messageType: String
    public var status: String
    public var providerMessageID: String
    /// `bot`, `agent`, `api`, `system` or `phone`.
    public var sender: String
    public var whole: PostgresJSON?

    public init(
        message: MessageID,
        sequence: Int64,
        messageType: String,
        status: String,
        providerMessageID: String,
        sender: String,
        whole: PostgresJSON? = nil
    ) {
        self.message = message
        self.sequence = sequence
        self.messageType = messageType
        self.status = status
        self.providerMessageID = providerMessageID
        self.sender = sender
        self.whole = whole
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("messageId", message)
        writer.member("sequence", sequence)
        writer.member("type", messageType)
        writer.member("status", status)
        writer.member("providerMessageId", providerMessageID)
        writer.member("sender", sender)
        if let whole { writer.member("message", raw: whole.bytes) }
    }
}

/// A message that was sent got further: delivered, read, failed …
public struct MessageStatusChanged: EventPayload {
    public static let type = EventType.messageStatusChanged
    public var message: MessageID
    public var sequence: Int64
    public var status: String
    /// When it happened, by the provider's clock; absent for what Maitre itself decided.
    public var at: Timestamp?
    /// Why it failed.
    public var errorCode: String?

    public init(message: MessageID, sequence: Int64, status: String, at: Timestamp? = nil, errorCode: String? = nil) {
        self.message = message
        self.sequence = sequence
        self.status = status
        self.at = at
        self.errorCode = errorCode
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("messageId", message)
        writer.member("sequence", sequence)
        writer.member("status", status)
        if let at { writer.member("at", at) }
        writer.member("errorCode", ifPresent: errorCode)
    }
}

/// Something about a conversation changed; only what changed is there.
public struct ConversationUpdated: EventPayload {
    public static let type = EventType.conversationUpdated
    public var conversation: ConversationID
    public var mode: String?
    public var unreadCount: Int64?
    /// Its new version.
    public var version: Int64?
    /// A message that was edited, deleted or reacted to: read it again.
    public var changedMessage: MessageID?

    public init(
        conversation: ConversationID,
        mode: String? = nil,
        unreadCount: Int64? = nil,
        version: Int64? = nil,
        changedMessage: MessageID? = nil
    ) {
        self.conversation = conversation
        self.mode = mode
        self.unreadCount = unreadCount
        self.version = version
        self.changedMessage = changedMessage
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("conversationId", conversation)
        writer.member("mode", ifPresent: mode)
        if let unreadCount { writer.member("unreadCount", unreadCount) }
        if let version { writer.member("version", version) }
        if let changedMessage { writer.member("changedMessageId", changedMessage) }
    }
}

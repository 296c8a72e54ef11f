import Foundation

/// A UUID that knows what it names, so that a channel's id cannot be passed where a contact's is expected.
///
/// On the wire and in the database it is the plain UUID, lower case.
public struct Identifier<Tag>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let uuid: UUID

    @inlinable
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Nil unless `string` is a UUID in its 36-character form.
    public init?(_ string: some StringProtocol) {
        guard let uuid = UUID(text: string) else { return nil }
        self.uuid = uuid
    }

    /// A new time-ordered id (UUIDv7).
    public static func new(at time: Timestamp = .now) -> Self {
        Self(.v7(at: time))
    }

    public var description: String { uuid.lowercased }

    public static func < (left: Self, right: Self) -> Bool { left.uuid < right.uuid }
}

/// Names for `Identifier`'s tag; they have no values.
public enum IdentifierTag {
    public enum Merchant {}
    public enum Bot {}
    public enum Channel {}
    public enum MetaApp {}
    public enum Contact {}
    public enum Conversation {}
    public enum Message {}
    public enum Person {}
    public enum Credential {}
    public enum Session {}
    public enum Invitation {}
    public enum SigningKey {}
    public enum Email {}
    public enum Event {}
    public enum AuditEntry {}
    /// Whatever an audit entry is about.
    public enum AuditSubject {}
    public enum Quarantine {}
    public enum WebhookEndpoint {}
    public enum WebhookSecret {}
    public enum WebhookDelivery {}
    public enum WebhookAttempt {}
    public enum ChannelSecret {}
    public enum OutsideOrder {}
}

public typealias MerchantID = Identifier<IdentifierTag.Merchant>
public typealias BotID = Identifier<IdentifierTag.Bot>
public typealias ChannelID = Identifier<IdentifierTag.Channel>
public typealias MetaAppID = Identifier<IdentifierTag.MetaApp>
public typealias ContactID = Identifier<IdentifierTag.Contact>
public typealias ConversationID = Identifier<IdentifierTag.Conversation>
public typealias MessageID = Identifier<IdentifierTag.Message>
public typealias PersonID = Identifier<IdentifierTag.Person>
public typealias CredentialID = Identifier<IdentifierTag.Credential>
public typealias SessionID = Identifier<IdentifierTag.Session>
public typealias InvitationID = Identifier<IdentifierTag.Invitation>
public typealias SigningKeyID = Identifier<IdentifierTag.SigningKey>
public typealias EmailID = Identifier<IdentifierTag.Email>
public typealias AuditEntryID = Identifier<IdentifierTag.AuditEntry>
public typealias AuditSubjectID = Identifier<IdentifierTag.AuditSubject>
public typealias EventID = Identifier<IdentifierTag.Event>
public typealias QuarantineID = Identifier<IdentifierTag.Quarantine>
public typealias WebhookEndpointID = Identifier<IdentifierTag.WebhookEndpoint>
public typealias WebhookSecretID = Identifier<IdentifierTag.WebhookSecret>
public typealias WebhookDeliveryID = Identifier<IdentifierTag.WebhookDelivery>
public typealias WebhookAttemptID = Identifier<IdentifierTag.WebhookAttempt>
public typealias ChannelSecretID = Identifier<IdentifierTag.ChannelSecret>
public typealias OutsideOrderID = Identifier<IdentifierTag.OutsideOrder>

import Core
import Postgres

/// The `data` of one type of event: one Swift type each, listed in `EventCatalogue`.
///
/// Inside one version members are only added. The statements that append events where their cause is stored write the same shapes in SQL; tests hold what they
/// really wrote against the schemas of `openapi.yaml`.
public protocol EventPayload: Sendable {
    static var type: EventType { get }
    static var version: Int { get }
    /// One of each, as documentation and test events show it.
    static var example: Self { get }

    /// Writes the members of the object.
    func write(to writer: inout JSONWriter)
}

extension EventPayload {
    public static var version: Int { 1 }

    /// The whole object.
    public var json: PostgresJSON {
        var writer = JSONWriter()
        writer.object { write(to: &$0) }
        return PostgresJSON(writer.bytes)
    }
}

/// Every payload there is.
public enum EventCatalogue {
    public static let payloads: [any EventPayload.Type] = [
        MessageReceived.self, MessageSent.self, MessageStatusChanged.self, ConversationUpdated.self, BotConnected.self,
        BotDisconnected.self,
        AllowanceWarning.self, AllowanceExhausted.self,
    ]

    /// What describes `type`.
    public static func payload(of type: EventType) -> (any EventPayload.Type)? { payloads.first { $0.type == type } }
}

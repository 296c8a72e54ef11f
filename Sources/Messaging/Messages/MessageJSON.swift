import Core
import Postgres

/// The one JSON form of a message: in the API's answers and in events.
public enum MessageJSON {
    public static func write(_ message: Message, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", message.id)
            writer.member("conversationId", message.conversation)
            writer.member("sequence", message.sequence)
            members(
                direction: message.direction,
                sender: message.sender,
                senderID: message.senderID,
                contact: message.contact,
                type: message.type,
                content: message.times.deleted == nil ? message.content : nil,
                status: message.status,
                providerMessageID: message.providerMessageID,
                quoted: message.quotedProviderMessageID,
                extra: message.times.deleted == nil ? message.extra : nil,
                to: &writer
            )
            if let reactions = message.reactions { writer.member("reactions", raw: reactions.bytes) }
            if let code = message.errorCode {
                writer.member(
                    "error",
                    object: { writer in
                        writer.member("code", code)
                        writer.member("detail", nullable: message.errorDetail)
                    }
                )
            }
            write(message.times, to: &writer)
        }
    }

    /// A message that is about to be stored, without its `sequence`, which the database adds.
    static func event(_ draft: MessageDraft, in conversation: ConversationID, at time: Timestamp) -> PostgresJSON {
        var writer = JSONWriter(reserving: 512)
        writer.object { writer in
            writer.member("id", draft.id)
            writer.member("conversationId", conversation)
            members(
                direction: draft.direction,
                sender: draft.sender,
                senderID: draft.senderID,
                contact: draft.contact,
                type: draft.type,
                content: draft.content,
                status: draft.status,
                providerMessageID: draft.providerMessageID,
                quoted: draft.quotedProviderMessageID,
                extra: draft.extra,
                to: &writer
            )
            // All that a message read later has: nothing has happened to this one yet.
            write(Message.Times(created: time, provider: draft.providerAt), to: &writer)
        }
        return PostgresJSON(writer.bytes)
    }

    private static func write(_ times: Message.Times, to writer: inout JSONWriter) {
        writer.member(
            "timestamps",
            object: { writer in
                writer.member("createdAt", times.created)
                writer.member("providerAt", nullable: times.provider)
                writer.member("sentAt", nullable: times.sent)
                writer.member("deliveredAt", nullable: times.delivered)
                writer.member("readAt", nullable: times.read)
                writer.member("failedAt", nullable: times.failed)
                writer.member("editedAt", nullable: times.edited)
                writer.member("deletedAt", nullable: times.deleted)
            }
        )
    }

    private static func members(
        direction: Message.Direction,
        sender: Message.Sender,
        senderID: PersonID?,
        contact: ContactID?,
        type: String,
        content: PostgresJSON?,
        status: String,
        providerMessageID: String?,
        quoted: String?,
        extra: PostgresJSON?,
        to writer: inout JSONWriter
    ) {
        writer.member("direction", direction.rawValue)
        writer.member("sender", sender.rawValue)
        writer.member("senderId", nullable: senderID)
        writer.member("contactId", nullable: contact)
        writer.member("type", type)
        if let content {
            writer.key(type)
            writer.raw(content.bytes)
        }
        writer.member("status", status)
        writer.member("providerMessageId", nullable: providerMessageID)
        writer.member("quotedProviderMessageId", nullable: quoted)
        if let extra { writer.member("extra", raw: extra.bytes) }
    }
}

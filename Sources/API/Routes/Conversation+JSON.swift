import Core
import Messaging

extension Conversation {
    /// Writes `Conversation` of `openapi.yaml`.
    ///
    /// - Parameter time: the moment at which the service window is open or not.
    func write(to writer: inout JSONWriter, at time: Timestamp = .now) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("channelId", channel)
            writeContact(to: &writer)
            writer.member("groupId", nullable: groupID)
            writer.member("mode", mode.rawValue)
            writer.member("assigneeId", nullable: assignee)
            writer.member("unreadCount", Int64(unreadCount))
            writer.member("lastSequence", lastSequence)
            writeLastMessage(to: &writer)
            writer.key("serviceWindow")
            writer.object { writer in
                writer.member("open", isWindowOpen(at: time))
                writer.member("closesAt", nullable: windowClosesAt)
            }
            writer.member("locale", nullable: locale)
            writer.member("version", version)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
        }
    }

    /// The conversation as it is answered on its own.
    var response: VersionedResponse {
        let time = Timestamp.now
        var writer = JSONWriter(reserving: 768)
        write(to: &writer, at: time)
        return VersionedResponse(EntityTag(version: version, isWindowOpen: isWindowOpen(at: time)), writer)
    }

    private func isWindowOpen(at time: Timestamp) -> Bool { windowClosesAt.map { $0 > time } ?? false }

    private func writeContact(to writer: inout JSONWriter) {
        writer.key("contact")
        guard let contact else { return writer.null() }
        writer.object { writer in
            writer.member("id", contact.id)
            writer.member("name", nullable: contact.name)
            writer.member("phone", nullable: contact.phone)
            writer.member("userId", nullable: contact.userID)
        }
    }

    private func writeLastMessage(to writer: inout JSONWriter) {
        writer.key("lastMessage")
        guard let lastMessageAt, let lastMessageDirection else { return writer.null() }
        writer.object { writer in
            writer.member("at", lastMessageAt)
            writer.member("preview", nullable: lastMessagePreview)
            writer.member("direction", lastMessageDirection)
        }
    }
}

extension EntityTag {
    /// The tag of a conversation: its service window closes without a change of its version, and a client must not keep showing it as open.
    fileprivate init(version: Int64, isWindowOpen: Bool) {
        description = isWindowOpen ? "\"v\(version)-open\"" : "\"v\(version)\""
    }
}

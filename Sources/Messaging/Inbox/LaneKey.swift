import Core
import Crypto
import Foundation

/// What must be processed in order: on the way in the updates of one contact on one channel, on the way out the messages of one conversation.
struct LaneKey: Sendable {
    let text: String

    /// On the way out. The conversation's id never changes, while what the provider calls its contact may.
    init(conversation: ConversationID) {
        text = conversation.description
    }

    /// On the way in, before any conversation is known.
    ///
    /// - Parameter contactKey: the provider's own name of the other side: wa_id, user id or group id; nil for what concerns the channel itself.
    init(channel: ChannelID, contactKey: String?) {
        guard let contactKey, !contactKey.isEmpty else {
            text = channel.description
            return
        }
        // A lane's key has at most 200 characters; whatever is longer than any real id is hashed.
        let contact = contactKey.utf8.count <= 150 ? contactKey : Array(SHA256.hash(data: Data(contactKey.utf8))).hexadecimal
        text = "\(channel):\(contact)"
    }
}

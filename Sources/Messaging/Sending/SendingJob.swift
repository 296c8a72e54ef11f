import Core
import Jobs
import Postgres

/// The kinds of job on the sending queue, and their arguments.
enum SendingJob: Sendable, Equatable {
    /// Sends a queued message.
    case send(MessageID)
    /// Shows the customer that their messages were read.
    case markRead(channel: ChannelID, providerMessageID: String, typing: Bool)
    /// Gives up on a message whose outcome is unknown.
    case settle(MessageID)

    func new(on lane: LaneKey) -> NewJob { NewJob(key: lane.text, kind: kind, arguments: arguments) }

    var kind: String {
        switch self {
        case .send: "send"
        case .markRead: "mark_read"
        case .settle: "settle"
        }
    }

    var arguments: PostgresJSON {
        var writer = JSONWriter(reserving: 128)
        writer.object { writer in
            switch self {
            case .send(let message), .settle(let message):
                writer.member("message", message.description)
            case .markRead(let channel, let providerMessageID, let typing):
                writer.member("channel", channel.description)
                writer.member("providerMessageId", providerMessageID)
                writer.member("typing", typing)
            }
        }
        return PostgresJSON(writer.bytes)
    }

    /// The job again; nil when it is of another kind or its arguments are not.
    init?(_ job: Job) {
        guard let document = try? JSONDocument(parsing: job.arguments.bytes) else { return nil }
        let arguments = document.root
        switch job.kind {
        case "send":
            guard let message = arguments["message"]?.string.flatMap({ MessageID($0) }) else { return nil }
            self = .send(message)
        case "settle":
            guard let message = arguments["message"]?.string.flatMap({ MessageID($0) }) else { return nil }
            self = .settle(message)
        case "mark_read":
            guard let channel = arguments["channel"]?.string.flatMap({ ChannelID($0) }),
                let providerMessageID = arguments["providerMessageId"]?.string
            else { return nil }
            self = .markRead(channel: channel, providerMessageID: providerMessageID, typing: arguments["typing"]?.bool ?? false)
        default:
            return nil
        }
    }
}

import Core
import Postgres
import Tenancy

/// What is counted, one row for each metric of a message.
public struct UsageRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Records `metric` for `message` on the merchant's own day. The message's id makes a second record of the same thing impossible.
    public func record(_ metric: UsageMetric, of message: MessageID, sender: String, channel: ChannelID) {
        tx.append(
            """
            insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
            select m.id, \(message), \(metric.rawValue), \(sender), \(channel), (now() at time zone m.time_zone)::date
            from platform.merchants m where m.id = \(tx.merchant)
            """
        )
    }
}

public enum UsageMetric: String, Sendable {
    case messageInbound = "message_inbound"
    case messageOutbound = "message_outbound"
    /// A counted conversation: the first message of a contact on a channel when none was counted in the 24 hours before (`api.md` 2).
    case conversationOpened = "conversation_opened"
}

import Core
import Postgres
import Tenancy

/// Uses the merchant's allowances in the transaction of what they are used for (migration 0014). What does not fit makes that transaction fail as a whole,
/// since a pipeline cannot react before its end; ``AllowanceRefusal`` says which.
public struct AllowanceRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Charges messages that the bot is about to send. Call it after what they say is stored and before jobs: it holds rows until the commit.
    public func useMessages(_ number: Int) {
        tx.append("select app.use_allowance('messages', \(Int32(clamping: number)))")
    }

    /// Charges a message that a key sends, also to the minute of the conversation's bot. Call it as ``useMessages(_:)``.
    public func chargeAPIMessage(in conversation: ConversationID) {
        tx.append("select app.charge_api_message(\(conversation))")
    }

    /// What is left of today's messages. For a refusal that costs nothing when nothing is left; only the charge itself knows.
    public func messagesLeft() -> Pending<Int64> {
        tx.append(
            """
            select m.daily_limit - coalesce((
                select sum(s.used) from app.allowance_slots s
                where s.merchant_id = m.id and s.allowance = 'messages' and s.ends_at > clock_timestamp()), 0)
            from platform.merchants m where m.id = \(tx.merchant)
            """
        ) { rows in try rows.first { row in try row.next(Int64.self) } ?? 0 }
    }

    /// Deals out anew: after a limit was changed, telling a mark that the change has reached, and where a period has begun that nothing was used of yet.
    public func settle() {
        // In the order in which a message uses them: conversations when it is stored, messages when it is answered.
        tx.append("select app.use_allowance('conversations', 0)")
        tx.append("select app.use_allowance('messages', 0)")
    }

    /// Until when the minute of the conversation's bot lasts; nil when none has begun.
    public func minuteEnds(in conversation: ConversationID) -> Pending<Timestamp?> {
        tx.append(
            """
            select b.ends_at from app.conversations c
            join app.channels ch on ch.merchant_id = c.merchant_id and ch.id = c.channel_id
            join app.bot_minutes b on b.merchant_id = ch.merchant_id and b.bot_id = ch.bot_id
            where c.merchant_id = \(tx.merchant) and c.id = \(conversation)
            """
        ) { rows in try rows.first { row in try row.next(Timestamp.self) } }
    }
}

/// Why a use of an allowance failed; SQLSTATEs of migration 0014.
public enum AllowanceRefusal: String, Sendable {
    /// The day's messages are used up.
    case day = "MT011"
    /// The conversation is beyond the month's, or it is not although that was decided.
    case month = "MT012"
    /// The bot's minute is full.
    case minute = "MT013"

    public init?(_ error: any Error) {
        guard let refusal = (error as? PostgresError)?.sqlState.flatMap(AllowanceRefusal.init(rawValue:)) else { return nil }
        self = refusal
    }
}

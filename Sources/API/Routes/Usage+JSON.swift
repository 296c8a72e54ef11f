import Core
import Usage

extension UsageRecord {
    /// Writes the members of `Usage` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("restaurantId", merchant)
        writer.member("restaurantName", name)
        writer.member("conversationsThisMonth", conversationsThisMonth)
        writer.member("lastConversationAt", nullable: lastConversationAt)
        writer.member(
            "allowance",
            object: { writer in
                writer.member("dailyLimit", Int64(allowances.dailyLimit))
                writer.member("dailyRemaining", dailyRemaining)
                writer.member("monthlyLimit", Int64(allowances.monthlyLimit))
                writer.member("monthlyRemaining", monthlyRemaining)
            }
        )
        writer.member("firstActivity", nullable: firstActivity)
        writer.member("lastActivity", nullable: lastActivity)
        writer.member("isActive", isActive)
    }

    /// 200 with `Allowances` of `openapi.yaml`.
    var allowancesResponse: JSONResponse {
        JSONResponse { writer in
            writer.member("restaurantId", merchant)
            writer.member("restaurantName", name)
            writer.member("dailyLimit", Int64(allowances.dailyLimit))
            writer.member("dailyRemaining", dailyRemaining)
            writer.member("dailyResetsAt", dayEnds)
            writer.member("monthlyLimit", Int64(allowances.monthlyLimit))
            writer.member("monthlyRemaining", monthlyRemaining)
            writer.member("monthlyResetsAt", monthEnds)
            writer.member("perMinute", Int64(allowances.perMinute))
        }
    }
}

extension UsageMonth {
    /// Writes `UsageMonth` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("month", Int64(month))
            writer.member("year", Int64(year))
            writer.member("conversationCount", conversations)
            writer.member("lastConversationAt", nullable: lastConversationAt)
        }
    }
}

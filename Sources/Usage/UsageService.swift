import Core
import Postgres
import Tenancy

/// Use cases of usage and allowances.
public struct UsageService: Sendable {
    private let tenant: TenantDatabase
    private let platform: PlatformDatabase

    public init(tenant: TenantDatabase, platform: PlatformDatabase) {
        self.tenant = tenant
        self.platform = platform
    }

    /// The merchant's own record.
    public func record(of merchant: MerchantID) async throws -> UsageRecord {
        guard let record = try await tenant.tenant(merchant, { tx in UsageRepository(tx).record() }) else {
            throw DomainError.notFound("restaurant")
        }
        return record
    }

    /// A page of all merchants in the order they were made, with the total.
    public func page(limit: Int, offset: Int) async throws -> (records: [UsageRecord], total: Int) {
        try await platform.platform { tx in PlatformUsageRepository(tx).page(limit: limit, offset: offset) }
    }

    /// Any merchant's record, for the platform, with its last six months, the current one first; months without a conversation are there too.
    public func history(of merchant: MerchantID) async throws -> (record: UsageRecord, months: [UsageMonth]) {
        let (record, months) = try await platform.platform { tx in
            (PlatformUsageRepository(tx).record(of: merchant), PlatformUsageRepository(tx).history(of: merchant, months: 6))
        }
        guard let record else { throw DomainError.notFound("restaurant") }
        return (record, months)
    }

    /// Any merchant's record, for the platform.
    public func platformRecord(of merchant: MerchantID) async throws -> UsageRecord {
        guard let record = try await platform.platform({ tx in PlatformUsageRepository(tx).record(of: merchant) }) else {
            throw DomainError.notFound("restaurant")
        }
        return record
    }

    /// Sets what a merchant may use, from now on: what it has used of the current day and month stays used. The record afterwards.
    public func setAllowances(_ allowances: Allowances, of merchant: MerchantID, by actor: Tenancy.Actor) async throws -> UsageRecord {
        do {
            try await platform.platform { tx in
                PlatformAllowanceRepository(tx).set(allowances, of: merchant)
                tx.audit(
                    AuditEntry(
                        action: .allowanceChanged,
                        subject: AuditSubject("merchant", merchant),
                        of: merchant,
                        by: actor,
                        details: [
                            "dailyLimit": .number(Int64(allowances.dailyLimit)), "monthlyLimit": .number(Int64(allowances.monthlyLimit)),
                            "perMinute": .number(Int64(allowances.perMinute)),
                        ]
                    )
                )
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw DomainError.notFound("restaurant")
        }
        // As the merchant, whose rows these are. Should this not happen, the next use of the allowance does the same.
        let (_, record) = try await tenant.tenant(merchant) { tx in
            AllowanceRepository(tx).settle()
            return (Pending(()), UsageRepository(tx).record())
        }
        guard let record else { throw DomainError.notFound("restaurant") }
        return record
    }

    /// What a caller of the API is told when an allowance refused its message.
    public func explanation(of refusal: AllowanceRefusal, in conversation: ConversationID, of merchant: MerchantID) async throws
        -> DomainError
    {
        let (record, minuteEnds) = try await tenant.tenant(merchant) { tx in
            (UsageRepository(tx).record(), AllowanceRepository(tx).minuteEnds(in: conversation))
        }
        switch refusal {
        case .minute:
            return DomainError(
                .limited,
                code: "rate_limited",
                message: "The bot's messages of this minute are used up.",
                retryAfter: max(.seconds(1), (minuteEnds ?? .now) - .now)
            )
        case .day:
            return DomainError(
                .exhausted,
                code: "allowance_exhausted",
                message: "The restaurant's messages of this day are used up.",
                resetsAt: record?.dayEnds
            )
        case .month:
            return DomainError(
                .exhausted,
                code: "allowance_exhausted",
                message: "This conversation is beyond the restaurant's conversations of this month.",
                resetsAt: record?.monthEnds
            )
        }
    }
}

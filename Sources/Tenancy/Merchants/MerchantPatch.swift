import Core
import Postgres

/// What may be changed of a merchant's settings; nil: unchanged.
public struct MerchantPatch: Sendable {
    public enum Hours: Sendable, Equatable {
        case always
        case during(BusinessHours)
    }

    public var name: String?
    public var timeZone: String?
    public var locale: String?
    public var currency: String?
    public var businessHours: Hours?

    public init(
        name: String? = nil,
        timeZone: String? = nil,
        locale: String? = nil,
        currency: String? = nil,
        businessHours: Hours? = nil
    ) {
        self.name = name
        self.timeZone = timeZone
        self.locale = locale
        self.currency = currency
        self.businessHours = businessHours
    }

    /// The names of what is changed, as the API calls it.
    public var fields: [String] {
        var names: [String] = []
        if name != nil { names.append("name") }
        if timeZone != nil { names.append("timeZone") }
        if locale != nil { names.append("locale") }
        if currency != nil { names.append("currency") }
        if businessHours != nil { names.append("businessHours") }
        return names
    }

    /// Changes a merchant and tells it; no row when there is none, or its version is not the one that was seen.
    ///
    /// - Parameter version: nil when any will do.
    func statement(_ id: MerchantID, ifVersion version: Int64?, telling entry: AuditEntry) -> Statement {
        let hours: PostgresJSON? = if case .during(let hours) = businessHours { hours.stored } else { nil }
        return """
            with changed as (
                update platform.merchants m set
                    name = coalesce(\(name), m.name), time_zone = coalesce(\(timeZone), m.time_zone), locale = coalesce(\(locale), m.locale),
                    currency = coalesce(\(currency), m.currency),
                    business_hours = case when \(businessHours != nil) then \(hours) else m.business_hours end,
                    version = m.version + 1, updated_at = now()
                where m.id = \(id) and (\(version) is null or m.version = \(version)) returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Merchant.columns) from changed
            """
    }
}

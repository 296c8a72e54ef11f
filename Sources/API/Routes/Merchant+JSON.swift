import Core
import Tenancy

extension Merchant {
    /// Writes `Merchant` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("name", name)
            writer.member("status", status.rawValue)
            writer.member("statusReason", nullable: statusReason)
            writer.member("closesAt", nullable: closesAt)
            writer.member("timeZone", timeZone)
            writer.member("locale", locale)
            writer.member("currency", currency)
            writer.key("businessHours")
            if let businessHours { businessHours.write(to: &writer) } else { writer.null() }
            writer.member("version", version)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
        }
    }

    var json: JSONWriter {
        var writer = JSONWriter()
        write(to: &writer)
        return writer
    }

    var entityTag: EntityTag { EntityTag(version: version) }
}

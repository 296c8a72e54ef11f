import Core
import Tenancy

extension AuditEntry {
    /// Writes `AuditEntry` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("at", at)
            writer.member("merchantId", nullable: merchant)
            writer.member(
                "actor",
                object: { writer in
                    writer.member("kind", actor.kind.rawValue)
                    writer.member("credentialId", nullable: actor.credential)
                    writer.member("personId", nullable: actor.person)
                    writer.member("address", nullable: actor.address)
                    writer.member("userAgent", nullable: actor.userAgent)
                }
            )
            writer.member("action", action.rawValue)
            writer.member("outcome", outcome.rawValue)
            writer.member("code", nullable: code)
            writer.key("subject")
            if let subject {
                writer.object { writer in
                    writer.member("type", subject.type)
                    writer.member("id", nullable: subject.id)
                }
            } else {
                writer.null()
            }
            writer.member("requestId", nullable: actor.requestID)
            writer.member("count", Int64(count))
            writer.member("details", raw: details.bytes)
        }
    }
}

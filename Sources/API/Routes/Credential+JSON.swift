import Core
import Tenancy

extension Credential {
    /// Writes the members of `Credential` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter, at time: Timestamp = .now) {
        writer.member("id", id)
        writer.member("name", name)
        writer.member("prefix", prefix)
        writer.member("lastFour", lastFour)
        writer.member("scopes", array: { for scope in scopes { $0.string(scope) } })
        writer.key("createdBy")
        if let createdBy {
            writer.object { writer in
                writer.member("kind", createdBy.kind.rawValue)
                writer.member("credentialId", nullable: createdBy.credential)
                writer.member("personId", nullable: createdBy.person)
            }
        } else {
            writer.null()
        }
        writer.member("createdAt", createdAt)
        writer.member("lastUsedAt", nullable: lastUsedAt)
        writer.member("expiresAt", nullable: expiresAt)
        writer.member("revokedAt", nullable: revokedAt)
        writer.member("replacedBy", nullable: replacedBy)
        writer.member("status", status(at: time).rawValue)
    }
}

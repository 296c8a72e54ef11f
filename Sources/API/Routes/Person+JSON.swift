import Core
import Tenancy

extension Person {
    /// Writes `Me` of `openapi.yaml`.
    func write(to writer: inout JSONWriter, _ memberships: [Membership]) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("email", email)
            writer.member("name", name)
            writer.member("locale", locale)
            writer.member("isPlatformAdmin", isPlatformAdmin)
            writer.member("hasSecondFactor", hasSecondFactor)
            writer.member(
                "restaurants",
                array: { writer in
                    for membership in memberships {
                        writer.object {
                            $0.member("restaurantId", membership.restaurant)
                            $0.member("name", membership.restaurantName)
                            $0.member("status", membership.restaurantStatus.rawValue)
                            $0.member("role", membership.role.rawValue)
                        }
                    }
                }
            )
            writer.member("version", version)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
        }
    }
}

extension Session {
    /// Writes `Session` of `openapi.yaml`.
    func write(to writer: inout JSONWriter, isCurrent: Bool) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("userAgent", nullable: userAgent)
            writer.member("address", nullable: address)
            writer.member("isCurrent", isCurrent)
            writer.member("createdAt", createdAt)
            writer.member("lastUsedAt", lastUsedAt)
            writer.member("expiresAt", expiresAt)
        }
    }
}

extension Member {
    /// Writes `Member` of `openapi.yaml`.
    func write(to writer: inout JSONWriter, showsEmail: Bool) {
        writer.object { writer in
            writer.member("personId", person)
            writer.member("email", nullable: showsEmail ? email : nil)
            writer.member("name", name)
            writer.member("role", role.rawValue)
            writer.member("hasSecondFactor", hasSecondFactor)
            writer.member("joinedAt", joinedAt)
        }
    }
}

extension PlatformAdmin {
    /// Writes `PlatformAdmin` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("personId", person)
            writer.member("email", email)
            writer.member("name", name)
            writer.member("hasSecondFactor", hasSecondFactor)
            writer.member("createdAt", createdAt)
        }
    }
}

extension Invitation {
    /// Writes `Invitation` of `openapi.yaml`.
    ///
    /// - Parameter link: shown once, where no e-mail carries it.
    func write(to writer: inout JSONWriter, link: Secret<String>? = nil) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("email", email)
            writer.member("role", nullable: role?.rawValue)
            writer.member("invitedBy", nullable: invitedBy)
            writer.member("createdAt", createdAt)
            writer.member("expiresAt", expiresAt)
            if let link { writer.member("link", link.reveal()) }
        }
    }
}

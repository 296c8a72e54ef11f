import Core
import Postgres

/// The people of a restaurant: who they are, their roles, and leaving. Joining is by invitation.
public struct TeamService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// A page in the order of ids, and the id after which the next begins.
    public func page(of merchant: MerchantID, after: PersonID?, limit: Int) async throws -> ([Member], next: PersonID?) {
        let rows = try await database.platform { tx in TeamRepository(tx).page(of: merchant, after: after, limit: limit + 1) }
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.person : nil)
    }

    public func find(_ person: PersonID, of merchant: MerchantID) async throws -> Member {
        guard let member = try await database.platform({ tx in TeamRepository(tx).find(person, of: merchant) }) else {
            throw DomainError.notFound("member")
        }
        return member
    }

    /// Gives a member another role. Nobody changes their own, and a restaurant keeps an owner.
    public func setRole(_ role: Role, of person: PersonID, at merchant: MerchantID, by actor: Actor) async throws -> Member {
        let member = try await find(person, of: merchant)
        guard actor.person != person else {
            throw DomainError(.forbidden, code: "forbidden", message: "Nobody changes their own role.")
        }
        guard member.role != role else { return member }
        let changed = try await Self.unless(Self.lastOwner) {
            try await database.platform { tx in
                let team = TeamRepository(tx)
                team.setRole(role, of: person, at: merchant)
                if role < .owner { team.withdrawInvitations(by: person, of: merchant) }
                tx.audit(
                    AuditEntry(
                        action: .memberRoleChanged,
                        subject: AuditSubject("person", person),
                        of: merchant,
                        by: actor,
                        details: ["from": .text(member.role.rawValue), "to": .text(role.rawValue)]
                    )
                )
                return team.find(person, of: merchant)
            }
        }
        guard let changed else { throw DomainError.notFound("member") }
        return changed
    }

    /// Takes a person out of a restaurant, or lets one leave. The restaurant keeps an owner.
    public func remove(_ person: PersonID, from merchant: MerchantID, by actor: Actor) async throws {
        _ = try await find(person, of: merchant)
        try await Self.unless(Self.lastOwner) {
            try await database.platform { tx in
                TeamRepository(tx).remove(person, from: merchant)
                TeamRepository(tx).withdrawInvitations(by: person, of: merchant)
                tx.audit(AuditEntry(action: .memberRemoved, subject: AuditSubject("person", person), of: merchant, by: actor))
            }
        }
    }

    public func admins() async throws -> [PlatformAdmin] {
        try await database.platform { tx in TeamRepository(tx).admins() }
    }

    /// Takes the administration of the installation from a person. Nobody takes it from oneself; only a key takes it from the last one.
    public func removeAdmin(_ person: PersonID, by actor: Actor) async throws {
        guard actor.person != person else {
            throw DomainError(.forbidden, code: "forbidden", message: "Nobody takes the administration from oneself.")
        }
        guard try await admins().contains(where: { $0.person == person }) else { throw DomainError.notFound("administrator") }
        try await Self.unless(DomainError(.conflict, code: "conflict", message: "An installation keeps its last administrator.")) {
            try await database.platform { tx in
                // A key can always make another; among themselves administrators keep one.
                TeamRepository(tx).removeAdmin(person, mayBeLast: actor.kind == .platformKey)
                TeamRepository(tx).withdrawAdminInvitations(by: person)
                tx.audit(AuditEntry(action: .adminRemoved, subject: AuditSubject("person", person), by: actor))
            }
        }
    }

    /// What a refused change means.
    private static func unless<Value>(_ error: DomainError, _ change: () async throws -> Value) async throws -> Value {
        do {
            return try await change()
        } catch let refusal as PostgresError where refusal.isRefusedChange {
            throw error
        }
    }

    private static let lastOwner = DomainError(.conflict, code: "last_owner", message: "A restaurant has at least one owner.")
}

import Core
import Foundation
import Postgres

/// People: who they are and where they have which role.
public struct PersonService: Sendable {
    private let database: PlatformDatabase
    private let hasher: PasswordHasher

    public init(database: PlatformDatabase, hasher: PasswordHasher) {
        self.database = database
        self.hasher = hasher
    }

    /// A person and the restaurants that it belongs to.
    public func find(_ id: PersonID) async throws -> (Person, [Membership]) {
        let (person, memberships) = try await database.platform { tx in
            (PersonRepository(tx).find(id), PersonRepository(tx).memberships(of: id))
        }
        guard let person else { throw DomainError.notFound("person") }
        return (person, memberships)
    }

    /// Changes what a person says of itself; nil leaves a member as it is.
    public func update(_ id: PersonID, name: String?, locale: String?) async throws -> (Person, [Membership]) {
        if let name, name.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            throw DomainError.invalid([.init(pointer: "/name", code: "too_short", message: "must not be blank")])
        }
        let (person, memberships) = try await database.platform { tx in
            let people = PersonRepository(tx)
            people.update(id, name: name?.trimmingCharacters(in: .whitespacesAndNewlines), locale: locale)
            return (people.find(id), people.memberships(of: id))
        }
        guard let person else { throw DomainError.notFound("person") }
        return (person, memberships)
    }

    /// The person with this address, made if need be, with `role` at `merchant`. For the command line and demo data; everybody else is invited.
    public func ensureMember(email: String, name: String, of merchant: MerchantID, role: Role) async throws -> PersonID {
        let address = try checked(email)
        do {
            let person = try await database.platform { tx in
                let people = PersonRepository(tx)
                let person = people.ensure(email: address, name: name)
                people.ensureMembership(email: address, merchant: merchant, role: role)
                return person
            }
            guard let person else { throw DomainError(.unavailable, code: "unavailable", message: "The person could not be stored.") }
            return person
        } catch let error as PostgresError where error.constraint == "memberships_merchant_id_fkey" {
            throw DomainError.notFound("merchant")
        }
    }

    /// Sets a password without asking for the present one. For the command line and demo data.
    public func setPassword(_ password: String, of person: PersonID) async throws {
        let hash = try await hasher.hash(PasswordRules.checked(password, at: "/password", email: nil).orInvalid())
        try await database.platform { tx in
            PersonRepository(tx).setPassword(hash, of: person)
            SessionRepository(tx).endAll(of: person, .passwordChanged)
        }
    }

    /// Sets the password of the person with this address; for the command line.
    public func setPassword(_ password: String, email: String, by actor: Actor) async throws {
        let address = try checked(email)
        guard let person = try await database.platform({ tx in PersonRepository(tx).id(of: address) }) else {
            throw DomainError.notFound("person")
        }
        try await setPassword(password, of: person)
        try await database.platform { tx in
            tx.audit(AuditEntry(action: .passwordChanged, subject: AuditSubject("person", person), by: actor))
        }
    }

    /// Takes every way in from a person, at once and until it is given back: sessions end, tokens are refused, nothing is deleted.
    public func setDisabled(_ isDisabled: Bool, email: String, by actor: Actor) async throws {
        let address = try checked(email)
        guard let person = try await database.platform({ tx in PersonRepository(tx).setDisabled(isDisabled, email: address) }) else {
            throw DomainError.notFound("person")
        }
        try await database.platform { tx in
            if isDisabled { SessionRepository(tx).endAll(of: person, .disabled) }
            tx.audit(AuditEntry(action: isDisabled ? .personDisabled : .personEnabled, subject: AuditSubject("person", person), by: actor))
        }
    }

    private func checked(_ email: String) throws -> EmailAddress {
        guard let address = EmailAddress(email.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw DomainError.invalid([.init(pointer: "/email", code: "invalid_format", message: "must be an e-mail address")])
        }
        return address
    }
}

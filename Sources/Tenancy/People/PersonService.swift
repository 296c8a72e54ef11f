import Core
import Foundation
import Postgres

/// The people of restaurants, as far as tokens need them: who they are and where they have which role.
public struct PersonService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// The person with this address, made if need be, with `role` at `merchant`.
    public func ensureMember(email: String, name: String, of merchant: MerchantID, role: Role) async throws -> PersonID {
        let email = email.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
        guard email.wholeMatch(of: /[^@\s]+@[^@\s]+/) != nil, email.utf8.count <= 254 else {
            throw DomainError.invalid([.init(pointer: "/email", code: "format", message: "must be an e-mail address")])
        }
        do {
            let person = try await database.platform { tx in
                let people = PersonRepository(tx)
                let person = people.ensure(email: email, name: name)
                people.ensureMembership(email: email, merchant: merchant, role: role)
                return person
            }
            guard let person else { throw DomainError(.unavailable, code: "unavailable", message: "The person could not be stored.") }
            return person
        } catch let error as PostgresError where error.constraint == "memberships_merchant_id_fkey" {
            throw DomainError.notFound("merchant")
        }
    }
}

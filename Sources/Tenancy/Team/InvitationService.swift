import Core
import Crypto
import Foundation
import Logging
import Postgres

/// Invitations by link: for one address, once, within 72 hours.
public struct InvitationService: Sendable {
    /// An invitation, and its link where no e-mail carries it.
    public struct Made: Sendable {
        public let invitation: Invitation
        public let link: Secret<String>?
    }

    /// What accepting gave.
    public struct Accepted: Sendable {
        public let person: PersonID
        public let restaurant: MerchantID?
        public let role: Role?
    }

    static let lifetime: Duration = .seconds(72 * 3600)

    private let database: PlatformDatabase
    private let hasher: PasswordHasher
    private let postOffice: PostOffice

    public init(database: PlatformDatabase, hasher: PasswordHasher, postOffice: PostOffice) {
        self.database = database
        self.hasher = hasher
        self.postOffice = postOffice
    }

    /// Invites an address; an invitation that it has already is replaced, so that only the last link counts.
    ///
    /// - Parameters:
    ///   - merchant: nil, with `role`, to administer the installation.
    ///   - actor: its person, where it is one, is shown as who invited.
    public func invite(_ email: String, to merchant: MerchantID?, role: Role?, by actor: Actor) async throws -> Made {
        let draft = try await draft(email, to: merchant, role: role, by: actor)
        let made = try await database.platform(draft.insert)
        mention(draft)
        return made
    }

    /// The same for a request, answered once.
    public func invite(
        _ email: String,
        to merchant: MerchantID?,
        role: Role?,
        by actor: Actor,
        answering: SealedAnswering<Made>
    ) async throws -> IdempotentAnswer {
        let draft = try await draft(email, to: merchant, role: role, by: actor)
        let answer = try await database.platform(answering: answering, draft.insert)
        if !answer.isReplay { mention(draft) }
        return answer
    }

    /// An invitation that is ready to be stored.
    private struct Draft {
        let address: EmailAddress
        let token: Secret<String>
        let insert: @Sendable (PlatformTransaction) throws -> Pending<Made>
    }

    private func mention(_ draft: Draft) {
        postOffice.mention("Somebody was invited", to: draft.address, token: draft.token, page: "invite")
    }

    private func draft(_ email: String, to merchant: MerchantID?, role: Role?, by actor: Actor) async throws -> Draft {
        guard let address = EmailAddress(email) else {
            throw DomainError.invalid([.init(pointer: "/email", code: "invalid_format", message: "must be an e-mail address")])
        }
        let (isMember, restaurant) = try await database.platform { tx in
            (
                InvitationRepository(tx).isMember(address, of: merchant),
                merchant.map { MerchantRepository(tx).find($0) } ?? Pending(nil)
            )
        }
        guard !isMember else { throw DomainError(.conflict, code: "already_member", message: "This person belongs to the team already.") }
        try await database.attempt(merchant.map { [.invitations(of: $0)] } ?? [])
        try await database.attempt([.invitations(to: address)])
        let token = TokenFormat.generate(.invitation)
        let link = postOffice.link(to: "invite", token: token)
        let mail = try postOffice.seal(
            .invitation(to: restaurant?.name, role: role, link: link, lifetime: Self.lifetime),
            lifetime: Self.lifetime
        )
        let id = InvitationID.new()
        return Draft(address: address, token: token) { tx in
            let invitation = InvitationRepository(tx).insert(
                id,
                email: address,
                to: merchant,
                role: role,
                digest: PresentedCredential.digest(of: token.reveal()),
                linkShown: !postOffice.sends,
                by: actor.person,
                expiresAt: .now + Self.lifetime
            )
            if postOffice.sends { EmailRepository(tx).insert(mail, to: address) }
            tx.audit(
                AuditEntry(
                    action: .invitationCreated,
                    subject: AuditSubject("invitation", id),
                    of: merchant,
                    by: actor,
                    details: ["role": .text(role?.rawValue ?? "platform_admin")]
                )
            )
            return invitation.map { invitation in
                guard let invitation else {
                    throw DomainError(.unavailable, code: "unavailable", message: "The invitation could not be stored.")
                }
                return Made(invitation: invitation, link: postOffice.sends ? nil : link)
            }
        }
    }

    /// Invitations that may still be accepted, in the order in which they were made.
    public func page(of merchant: MerchantID?, after: InvitationID?, limit: Int) async throws -> ([Invitation], next: InvitationID?) {
        let rows = try await database.platform { tx in InvitationRepository(tx).page(of: merchant, after: after, limit: limit + 1) }
        let page = Array(rows.prefix(limit))
        return (page, rows.count > limit ? page.last?.id : nil)
    }

    public func find(_ id: InvitationID, of merchant: MerchantID?) async throws -> Invitation {
        guard let invitation = try await database.platform({ tx in InvitationRepository(tx).find(id, of: merchant) }) else {
            throw DomainError.notFound("invitation")
        }
        return invitation
    }

    public func revoke(_ id: InvitationID, of merchant: MerchantID?, by actor: Actor) async throws {
        do {
            try await database.platform { tx in
                InvitationRepository(tx).revoke(id, of: merchant)
                tx.audit(AuditEntry(action: .invitationRevoked, subject: AuditSubject("invitation", id), of: merchant, by: actor))
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw DomainError.notFound("invitation")
        }
    }

    // MARK: The one who was invited

    /// What a link offers. Throws `link_invalid` for one that is wrong, used, withdrawn or too old.
    public func inspect(token: String, by actor: Actor) async throws -> OpenInvitation {
        try await database.attempt([.address(actor)])
        return try await open(token)
    }

    /// Accepts a link's offer. Somebody new says a name and chooses a password; whoever has an account proves it with the present one.
    public func accept(token: String, name: String?, password: String, by actor: Actor) async throws -> Accepted {
        let offer = try await inspect(token: token, by: actor)
        let name = name?.trimmingCharacters(in: .whitespacesAndNewlines)
        let digest = PresentedCredential.digest(of: token)
        guard !offer.mayNotSetPassword else {
            throw DomainError(
                .conflict,
                code: "conflict",
                message: "This person has an account without a password; whoever runs the installation sets one first."
            )
        }
        var hash: String?
        if offer.hasPassword {
            guard let address = EmailAddress(offer.email) else { throw LoginService.badLink }
            // The bearer of the link need not be the owner of the account, so guesses count as they do at the door.
            try await database.attempt([.strangers(of: address)])
            let account = try await database.platform { tx in LoginRepository(tx).account(address, device: nil) }
            guard try await hasher.verify(PasswordRules.typed(password), against: account?.passwordHash) else {
                throw AuthenticationFailure.loginFailed
            }
        } else {
            guard let name, !name.isEmpty else {
                throw DomainError.invalid([.init(pointer: "/name", code: "required", message: "says who you are")])
            }
            hash = try await hasher.hash(PasswordRules.checked(password, at: "/password", email: offer.email).orInvalid())
        }
        let (newHash, id) = (hash, PersonID.new())
        let accepted: (PersonID, Role?)?
        do {
            accepted = try await database.platform { tx in
                let person = InvitationRepository(tx).accept(
                    digest,
                    email: offer.email,
                    person: id,
                    name: name ?? offer.email,
                    passwordHash: newHash
                )
                tx.audit(
                    AuditEntry(
                        action: .invitationAccepted,
                        subject: AuditSubject("invitation", offer.id),
                        of: offer.restaurant,
                        by: actor,
                        details: ["role": .text(offer.role?.rawValue ?? "platform_admin")]
                    )
                )
                return person
            }
        } catch let error as PostgresError where error.isRefusedChange {
            // Used meanwhile; or the account got a password meanwhile, which is then the one to prove.
            if newHash != nil, try await open(token).hasPassword { throw AuthenticationFailure.loginFailed }
            throw LoginService.badLink
        }
        guard let accepted else { throw LoginService.badLink }
        return Accepted(person: accepted.0, restaurant: offer.restaurant, role: accepted.1)
    }

    private func open(_ token: String) async throws -> OpenInvitation {
        guard TokenFormat.kind(of: token) == .invitation,
            let offer = try await database.platform({ tx in InvitationRepository(tx).open(PresentedCredential.digest(of: token)) })
        else { throw LoginService.badLink }
        return offer
    }
}

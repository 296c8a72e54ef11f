import Core
import Crypto
import Foundation
import Logging
import Postgres

@testable import Tenancy

/// The services of people who log in, on a fresh database; hashing is cheap here unless a test asks for the real thing.
struct TestPeople: Sendable {
    let tenancy: TestTenancy
    let ring: SigningKeyRing
    let hasher: PasswordHasher
    let sessions: SessionService
    let login: LoginService
    let team: TeamService
    let invitations: InvitationService
    let authenticator: SessionAuthenticator
    let postOffice: PostOffice

    static let issuer = "https://maitre.example.com"
    static let password = "a long enough one"

    var people: PersonService { PersonService(database: tenancy.platform, hasher: hasher) }

    init(_ tenancy: TestTenancy, hasher: PasswordHasher? = nil, lifetimes: SessionService.Lifetimes = .init(), sends: Bool = false)
        async throws
    {
        self.tenancy = tenancy
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let (platform, box) = (tenancy.platform, tenancy.box)
        var cheap = PasswordHasher.Parameters()
        (cheap.memory, cheap.iterations) = (64, 1)
        self.hasher = hasher ?? PasswordHasher(parameters: cheap)
        ring = SigningKeyRing(
            database: platform,
            secretBox: box,
            issuer: Self.issuer,
            alarm: SecretAlarm(trail: nil, logger: logger),
            logger: logger
        )
        try await ring.load()
        postOffice = PostOffice(secretBox: box, publicURL: Self.issuer, sends: sends, logger: logger)
        sessions = SessionService(
            database: platform,
            ring: ring,
            key: SymmetricKey(data: Data(repeating: 7, count: 32)),
            lifetimes: lifetimes
        )
        login = LoginService(
            database: platform,
            hasher: self.hasher,
            sessions: sessions,
            secretBox: box,
            alarm: SecretAlarm(trail: nil, logger: logger),
            postOffice: postOffice
        )
        team = TeamService(database: platform)
        invitations = InvitationService(database: platform, hasher: self.hasher, postOffice: postOffice)
        authenticator = SessionAuthenticator(ring: ring, database: platform) { _ in true }
    }

    /// A member of a restaurant who can log in.
    func member(_ email: String, of merchant: MerchantID, _ role: Role = .owner) async throws -> PersonID {
        let person = try await people.ensureMember(email: email, name: "Name of \(email)", of: merchant, role: role)
        try await people.setPassword(Self.password, of: person)
        return person
    }

    func logIn(
        _ email: String,
        _ password: String = password,
        factor: LoginService.SecondFactor? = nil,
        device: String? = nil,
        from actor: Tenancy.Actor = browser()
    ) async throws -> LoginService.LoggedIn {
        try await login.logIn(email: email, password: password, secondFactor: factor, device: device, by: actor)
    }

    /// Somebody at an address who is nobody yet.
    static func browser(_ address: String = "192.0.2.1", _ userAgent: String = "Browser") -> Tenancy.Actor {
        Tenancy.Actor(.anonymous, address: address, userAgent: userAgent)
    }

    /// As the authenticator sees an access token.
    func principal(_ tokens: SessionTokens, at restaurant: MerchantID? = nil) async throws -> Principal {
        guard let token = SessionToken(tokens.accessToken.reveal()) else { throw AuthenticationFailure.invalidCredential }
        return try await authenticator.authenticate(token, restaurant: restaurant)
    }

    /// What the e-mails that wait say, newest last.
    func mails() async throws -> [(recipient: String, email: Email)] {
        try await tenancy.sql("update platform.emails set next_attempt_at = now() returning id::text")
        let rows = try await tenancy.platform.platform { tx in EmailRepository(tx).claim(limit: 100) }
        return try rows.sorted { $0.mail.id < $1.mail.id }.map { ($0.recipient, try postOffice.open($0.mail)) }
    }
}

func withPeople<Result>(
    hasher: PasswordHasher? = nil,
    lifetimes: SessionService.Lifetimes = .init(),
    sends: Bool = false,
    isolation: isolated (any _Concurrency.Actor)? = #isolation,
    _ body: (TestPeople) async throws -> Result
) async throws -> Result {
    try await withTenancy { tenancy in
        try await body(TestPeople(tenancy, hasher: hasher, lifetimes: lifetimes, sends: sends))
    }
}

/// The refusal that `body` ends with; nil when it ends well.
func refusal(
    isolation: isolated (any _Concurrency.Actor)? = #isolation,
    _ body: () async throws -> Void
) async throws -> AuthenticationFailure? {
    do {
        try await body()
        return nil
    } catch let failure as AuthenticationFailure {
        return failure
    }
}

/// The code of the domain error that `body` ends with; nil when it ends well.
func domainError(
    isolation: isolated (any _Concurrency.Actor)? = #isolation,
    _ body: () async throws -> Void
) async throws -> String? {
    do {
        try await body()
        return nil
    } catch let error as DomainError {
        return error.code
    }
}

import Core
import Crypto
import Logging
import Postgres
import TestSupport

@testable import Tenancy

/// A migrated database with this target's services on it.
struct TestTenancy: Sendable {
    let database: MigratedDatabase
    let tenantClient: PostgresClient
    let platformClient: PostgresClient
    let tenant: TenantDatabase
    let platform: PlatformDatabase
    let box = SecretBox(key: SymmetricKey(size: .bits256))

    var merchants: MerchantService { MerchantService(database: platform, secretBox: box) }
    var credentials: CredentialService { CredentialService(database: platform) }
    var people: PersonService { PersonService(database: platform, hasher: PasswordHasher()) }
    var audit: AuditService { AuditService(database: tenant, platform: platform) }

    /// One node's.
    func authenticator() -> CredentialAuthenticator { CredentialAuthenticator(database: platform, logger: Logger(label: "test")) }

    static let actor = Actor.system("test")

    func merchant(_ name: String) async throws -> MerchantID {
        try await merchants.create(
            MerchantIn(name: name, timeZone: "Asia/Riyadh", locale: "ar", currency: "SAR"),
            by: Self.actor
        ).id
    }

    /// The first column of a query, as a superuser whom no policy stops.
    @discardableResult
    func sql(_ query: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: query)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }
}

/// Runs `body` with a fresh database and pools of both roles.
func withTenancy<Result>(
    isolation: isolated (any _Concurrency.Actor)? = #isolation,
    _ body: (TestTenancy) async throws -> Result
) async throws -> Result {
    try await withMigratedDatabase { database in
        let tenantClient = try database.client(role: "maitre_tenant")
        let platformClient = try database.client(role: "maitre_platform")
        let tenancy = TestTenancy(
            database: database,
            tenantClient: tenantClient,
            platformClient: platformClient,
            tenant: TenantDatabase(client: tenantClient),
            platform: PlatformDatabase(client: platformClient)
        )
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(tenancy)) } catch { outcome = .failure(error) }
        await tenantClient.shutDown()
        await platformClient.shutDown()
        return try outcome.get()
    }
}

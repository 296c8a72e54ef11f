import Core
import Jobs
import Logging
import Postgres
import ServiceLifecycle
import Tenancy

/// The pools of one purpose (API or workers): one for each role, never shared, since a role is never switched on a pooled connection.
struct Databases: Sendable {
    let tenantClient: PostgresClient
    let platformClient: PostgresClient
    let bell: Bell
    let tenant: TenantDatabase
    let platform: PlatformDatabase

    init(_ configuration: NodeConfiguration, purpose: String, bell: Bell? = nil, logger: Logger) {
        tenantClient = PostgresClient(
            PostgresConfiguration(
                url: configuration.tenantURL.reveal(),
                poolSize: configuration.tenantConnections,
                statementTimeout: .seconds(10),
                applicationName: "maitre \(purpose) tenant"
            ),
            logger: logger
        )
        platformClient = PostgresClient(
            PostgresConfiguration(
                url: configuration.platformURL.reveal(),
                poolSize: configuration.platformConnections,
                statementTimeout: .seconds(30),
                applicationName: "maitre \(purpose) platform"
            ),
            logger: logger
        )
        let bell = bell ?? Bell(client: platformClient, logger: logger)
        self.bell = bell
        tenant = TenantDatabase(client: tenantClient, observer: bell)
        platform = PlatformDatabase(client: platformClient, observer: bell)
    }

    var clients: [any Service] { [tenantClient, platformClient] }

    /// Ends both pools, where no service group does.
    func shutDown() async {
        await tenantClient.shutDown()
        await platformClient.shutDown()
    }
}

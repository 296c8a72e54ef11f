import API
import Core
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Messaging
import NIOCore
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy
import Usage

/// The HTTP side of a node: services, router and server.
struct APINode {
    let databases: Databases
    let merchants: MerchantService
    let people: PersonService
    let credentials: CredentialService
    let bots: BotService
    let channels: ChannelService
    private let configuration: NodeConfiguration
    private let authenticator: CredentialAuthenticator
    private let writer: InboxWriter
    private let health: DatabaseHealth
    private let logger: Logger

    init(_ configuration: NodeConfiguration, databases: Databases, logger: Logger) {
        self.configuration = configuration
        self.databases = databases
        self.logger = logger
        let box = SecretBox(key: SymmetricKey(data: configuration.keyEncryptionKey.reveal()))
        let secrets = MerchantSecrets(database: databases.tenant, keyEncryptionBox: box)
        merchants = MerchantService(database: databases.platform, secretBox: box)
        people = PersonService(database: databases.platform)
        credentials = CredentialService(database: databases.platform)
        bots = BotService(database: databases.tenant)
        channels = ChannelService(database: databases.tenant, platform: databases.platform, secrets: secrets, keyEncryptionBox: box)
        authenticator = CredentialAuthenticator(database: databases.platform, logger: logger)
        writer = InboxWriter(database: databases.platform, configuration: configuration.ingest, logger: logger)
        health = DatabaseHealth(database: databases.platform)
    }

    /// Services in the order in which they start.
    ///
    /// - Parameters:
    ///   - addRoutes: adds what is not the API's, such as the simulator.
    ///   - onBound: called with the port once the server listens.
    func services(
        host: String,
        port: Int,
        addRoutes: (Router<AppRequestContext>) -> Void = { _ in },
        onBound: @escaping @Sendable (Int) async -> Void
    ) -> [any Service] {
        let box = SecretBox(key: SymmetricKey(data: configuration.keyEncryptionKey.reveal()))
        var api = APIConfiguration(logger: logger)
        api.mapping = ProblemMapping([Self.problem(for:)])
        let usage = UsageService(tenant: databases.tenant, platform: databases.platform)
        let router = MaitreAPI.makeRouter(
            APIServices(
                merchants: merchants,
                bots: bots,
                channels: channels,
                conversations: ConversationService(database: databases.tenant),
                messages: MessageService(database: databases.tenant, usage: usage),
                quarantine: QuarantineService(database: databases.platform),
                usage: usage,
                webhooks: MetaWebhookService(
                    directory: ChannelDirectory(database: databases.platform, secretBox: box, logger: logger),
                    writer: writer,
                    logger: logger
                ),
                authenticator: authenticator,
                // Derived, so that there is one secret to keep: a cursor is no use to anyone who lacks the key it came from.
                cursorSigner: CursorSigner(
                    key: HKDF<SHA256>.deriveKey(
                        inputKeyMaterial: SymmetricKey(data: configuration.keyEncryptionKey.reveal()),
                        info: Data("cursor".utf8),
                        outputByteCount: 32
                    )
                ),
                health: health,
                version: MaitreVersion.current
            ),
            configuration: api,
            adding: { router in
                DocsRoutes(DocsFiles(directory: DocsDirectory.find())).add(to: router)
                addRoutes(router)
            }
        )
        let health = health
        let server = Application(
            router: router,
            server: .guarded(),
            configuration: .init(
                address: .hostname(host, port: port),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections)
            ),
            onServerRunning: { channel in
                health.becomeReady()
                await onBound(channel.localAddress?.port ?? port)
            },
            logger: logger
        )
        return [authenticator, writer, server, ReadinessService(health: health)]
    }

    /// What the database's errors mean to a client. Data errors are ours (500, logged); an outage is a 503 that may be tried again.
    private static func problem(for error: any Error) -> Problem? {
        guard let error = error as? PostgresError, error.isOutage else { return nil }
        return Problem(.unavailable, detail: "The database does not answer; try again.")
    }
}

/// Readiness and the database's health, as the health routes ask.
final class DatabaseHealth: HealthProbe {
    private let database: PlatformDatabase
    private let ready = Mutex(false)

    init(database: PlatformDatabase) {
        self.database = database
    }

    var isReady: Bool { ready.withLock { $0 } }

    func becomeReady() { ready.withLock { $0 = true } }
    func becomeUnready() { ready.withLock { $0 = false } }

    func databaseConnected() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                (try? await self.database.platform { tx in HealthRepository(tx).ping() }) ?? false
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}

/// Takes readiness back at the beginning of shutdown: services stop in reverse order, and this one is listed after the server.
struct ReadinessService: Service {
    let health: DatabaseHealth

    func run() async throws {
        await withGracefulShutdownHandler {
            try? await gracefulShutdown()
        } onGracefulShutdown: {
            health.becomeUnready()
        }
    }
}

import API
import Core
import Events
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Jobs
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
    let login: LoginService
    let sessions: SessionService
    let keyRing: SigningKeyRing
    let team: TeamService
    let invitations: InvitationService
    let credentials: CredentialService
    let bots: BotService
    let channels: ChannelService
    let queues: QueueService
    private let configuration: NodeConfiguration
    let rotation: SecretRotation
    private let directory: ChannelDirectory
    private let outsideDirectory: OutsideDirectory
    /// Takes what is refused.
    let trail: AuditTrail
    private let authenticator: CredentialAuthenticator
    private let sessionAuthenticator: SessionAuthenticator
    private let writer: InboxWriter
    private let outgoingWebhooks: WebhookService
    private let rateLimiter: RateLimiter
    private let hub: EventHub
    let realtime: RealtimeService
    private let kept: KeptAnswers
    private let health: DatabaseHealth
    private let logger: Logger

    init(_ configuration: NodeConfiguration, databases: Databases, logger: Logger) {
        self.configuration = configuration
        self.databases = databases
        self.logger = logger
        let box = configuration.secretBox
        trail = AuditTrail(database: databases.platform, logger: logger)
        let alarm = SecretAlarm(trail: trail, logger: logger)
        kept = KeptAnswers(tenant: databases.tenant, platform: databases.platform, box: box, alarm: alarm)
        let secrets = MerchantSecrets(database: databases.tenant, keyEncryptionBox: box, alarm: alarm)
        rotation = SecretRotation(database: databases.platform, box: box, alarm: alarm)
        directory = ChannelDirectory(database: databases.platform, secretBox: box, alarm: alarm, logger: logger)
        outsideDirectory = OutsideDirectory(database: databases.platform, secrets: secrets)
        merchants = MerchantService(database: databases.platform, secretBox: box)
        let hasher = PasswordHasher()
        let postOffice = PostOffice(configuration, secretBox: box, logger: logger)
        people = PersonService(database: databases.platform, hasher: hasher)
        keyRing = SigningKeyRing(
            database: databases.platform,
            secretBox: box,
            issuer: configuration.publicURL,
            alarm: alarm,
            logger: logger
        )
        sessions = SessionService(database: databases.platform, ring: keyRing, key: configuration.derivedKey("refresh token"))
        login = LoginService(
            database: databases.platform,
            hasher: hasher,
            sessions: sessions,
            secretBox: box,
            alarm: alarm,
            postOffice: postOffice
        )
        team = TeamService(database: databases.platform)
        invitations = InvitationService(database: databases.platform, hasher: hasher, postOffice: postOffice)
        credentials = CredentialService(database: databases.platform)
        bots = BotService(database: databases.tenant)
        queues = QueueService(database: databases.platform)
        outgoingWebhooks = WebhookService(database: databases.tenant, secrets: secrets, policy: configuration.destinations)
        channels = ChannelService(
            database: databases.tenant,
            platform: databases.platform,
            secrets: secrets,
            keyEncryptionBox: box,
            alarm: alarm
        )
        let authenticator = CredentialAuthenticator(database: databases.platform, logger: logger)
        self.authenticator = authenticator
        sessionAuthenticator = SessionAuthenticator(ring: keyRing, database: databases.platform) { merchant in
            try await authenticator.merchantExists(merchant)
        }
        writer = InboxWriter(database: databases.platform, configuration: configuration.ingest, logger: logger)
        rateLimiter = RateLimiter(configuration.rateLimits, database: databases.platform, logger: logger)
        hub = EventHub(platform: databases.platform, tenant: databases.tenant, bell: databases.bell, logger: logger)
        realtime = RealtimeService(
            RealtimeServices(
                hub: hub,
                feed: EventFeed(tenant: databases.tenant, platform: databases.platform),
                conversations: ConversationService(database: databases.tenant),
                counts: ConversationCountService(database: databases.tenant),
                authenticator: CombinedAuthenticator(credentials: authenticator, sessions: sessionAuthenticator),
                logger: logger
            ),
            configuration: configuration.realtime
        )
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
        var api = APIConfiguration(logger: logger)
        api.mapping = ProblemMapping([Self.problem(for:)])
        api.origins = configuration.origins
        api.proxies = configuration.proxies
        api.trail = trail
        api.streamLimits = configuration.streams
        if !configuration.rateLimits.isOff { api.rateLimiter = rateLimiter }
        if configuration.publicURL.hasPrefix("https://") { api.strictTransportSecurity = "max-age=31536000" }
        let usage = UsageService(tenant: databases.tenant, platform: databases.platform)
        let routes = MaitreAPI.makeRouter(
            APIServices(
                merchants: merchants,
                people: people,
                login: login,
                sessions: sessions,
                keyRing: keyRing,
                team: team,
                invitations: invitations,
                settings: MerchantSettingsService(database: databases.tenant),
                credentials: credentials,
                bots: bots,
                channels: channels,
                conversations: ConversationService(database: databases.tenant),
                messages: MessageService(database: databases.tenant, usage: usage),
                quarantine: QuarantineService(database: databases.platform),
                queues: queues,
                audit: AuditService(database: databases.tenant, platform: databases.platform),
                kept: kept,
                usage: usage,
                events: EventFeed(tenant: databases.tenant, platform: databases.platform),
                eventHub: hub,
                webhooks: MetaWebhookService(
                    directory: directory,
                    writer: writer,
                    logger: logger
                ),
                outsideWebhooks: OutsideWebhookService(directory: outsideDirectory, database: databases.platform),
                outgoingWebhooks: outgoingWebhooks,
                realtime: realtime,
                tickets: TicketService(database: databases.platform),
                authenticator: CombinedAuthenticator(credentials: authenticator, sessions: sessionAuthenticator),
                cursorSigner: configuration.cursorSigner,
                health: health,
                version: MaitreVersion.current
            ),
            configuration: api
        )
        DocsRoutes(PageFiles(directory: DocsDirectory.find())).add(to: routes.router)
        QueuePageRoutes().add(to: routes.router)
        addRoutes(routes.router)
        let health = health
        let perAddress = configuration.connectionsPerAddress
        let addresses = perAddress > 0 ? AddressConnections(limit: perAddress, proxies: configuration.proxies) : nil
        let server = Application(
            router: routes.finished(),
            server: .guarded(configuration.connection, addresses: addresses),
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
        // The hub reads before the first client can come; the streams end before the server waits for its requests to.
        return [
            authenticator, sessionAuthenticator, keyRing, trail, writer, rateLimiter, hub, realtime,
            QueueMeter(database: databases.platform, logger: logger), server, StreamsService(hub: hub),
            ReadinessService(health: health),
        ]
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

/// Ends the streams of events at the beginning of shutdown: the server, which is listed before, would wait for them.
struct StreamsService: Service {
    let hub: EventHub

    func run() async throws {
        try? await gracefulShutdown()
        hub.stopSubscriptions()
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

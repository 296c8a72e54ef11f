import API
import Core
import Crypto
import Events
import HTTPTypes
import Hummingbird
import Jobs
import Logging
import Messaging
import Outbound
import Postgres
import Tenancy
import Testing
import Usage

@Suite("openapi.yaml")
struct OpenAPITests {
    @Test("The codes of problem documents are those of the program, both ways")
    func codes() throws {
        #expect(try OpenAPIFile.ofThisProject().enumeration(of: "ProblemCode") == ProblemCode.allCases.map(\.rawValue))
    }

    @Test("A8: the actions of the audit log are those of the program, both ways")
    func auditActions() throws {
        #expect(try OpenAPIFile.ofThisProject().enumeration(of: "AuditAction") == AuditAction.allCases.map(\.rawValue))
    }

    @Test("A4: the scopes that a key can have are those of the program, both ways")
    func scopes() throws {
        #expect(try OpenAPIFile.ofThisProject().enumeration(of: "Scope") == Scope.all)
    }

    @Test("H2: the types of events are those of the program, both ways")
    func eventTypes() throws {
        #expect(try OpenAPIFile.ofThisProject().enumeration(of: "EventType") == EventType.allCases.map(\.rawValue))
    }

    @Test("The bases are those of the program")
    func bases() throws {
        #expect(try OpenAPIFile.ofThisProject().bases == ["/api/v1": ["/api"]])
        #expect(APIBase.allCases.map(\.rawValue) == ["/api/v1", "/api"])
    }

    @Test("Every route is documented and every operation is served, under every base")
    func routes() throws {
        let router = Self.wholeAPI().finished()
        try router.validate()
        let comparison = RouteComparison(router, try OpenAPIFile.ofThisProject())
        #expect(comparison.unserved == [])
        #expect(comparison.undocumented == [])
    }

    @Test("A7: who may use an operation is what openapi.yaml says: x-scopes, x-roles, x-credentials and security, under every base")
    func accesses() throws {
        let declared = Self.wholeAPI().accesses.entries.map { DocumentedAccess($0) }
        let documented = try OpenAPIFile.ofThisProject().accesses
        #expect(declared.count > 100)
        #expect(Set(declared).subtracting(documented) == [])
        #expect(Set(documented).subtracting(declared) == [])
        // No route says it twice.
        #expect(declared.count == Set(declared.map(\.operation)).count)
    }

    @Test("J1: health is served as documented, both ways")
    func health() throws {
        let api = APIRouter(APIConfiguration(logger: Logger(label: "test")))
        let health = HealthRoutes(probe: TestProbe(), version: "1")
        health.add(to: api.router)
        api.router.addVersion1 { health.add(to: $0) }
        let comparison = RouteComparison(api.finished(), try OpenAPIFile.ofThisProject(), tagged: "Health")
        #expect(comparison.unserved == [])
        #expect(comparison.undocumented == [])
    }

    @Test("A difference in either direction is found, under every base")
    func comparison() throws {
        let file = try OpenAPIFile(
            yaml: """
                x-bases: {/api/v1: [/api]}
                paths:
                  /api/v1/things/{thingId}:
                    parameters: []
                    get: {}
                    delete: {}
                  /api/v1/new-things:
                    x-unversioned: false
                    post: {}
                  /hook:
                    post: {}
                """
        )
        let router = Router(context: AppRequestContext.self)
        router.addVersion1 { base in
            base.get("/things/{id}") { _, _ in Response(status: .ok) }
            base.get("/secret") { _, _ in Response(status: .ok) }
        }
        router.addVersion1(under: [.version1]) { base in
            base.post("/new-things") { _, _ in Response(status: .ok) }
        }
        router.get("/page") { _, _ in Response(status: .ok) }
        let comparison = RouteComparison(router, file, ignoring: ["/page"])
        #expect(comparison.unserved == ["DELETE /api/v1/things/{}", "DELETE /api/things/{}", "POST /hook"])
        #expect(comparison.undocumented == ["GET /api/v1/secret", "GET /api/secret"])
    }

    /// The API of the program. Nothing is asked of the database: the client opens connections when somebody does.
    static func wholeAPI(
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        origins: Set<String> = []
    ) -> APIRouter {
        let client = PostgresClient(PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none"), logger: logger)
        let tenant = TenantDatabase(client: client)
        let platform = PlatformDatabase(client: client)
        let box = SecretBox(key: SymmetricKey(size: .bits256))
        let writer = InboxWriter(database: platform, configuration: IngestConfiguration(), logger: logger)
        let hasher = PasswordHasher()
        let ring = SigningKeyRing(
            database: platform,
            secretBox: box,
            issuer: "http://localhost",
            alarm: SecretAlarm(trail: nil, logger: logger),
            logger: logger
        )
        let sessions = SessionService(database: platform, ring: ring, key: SymmetricKey(size: .bits256))
        let postOffice = PostOffice(secretBox: box, publicURL: "http://localhost", sends: false, logger: logger)
        let usage = UsageService(tenant: tenant, platform: platform)
        let services = APIServices(
            merchants: MerchantService(database: platform, secretBox: box),
            people: PersonService(database: platform, hasher: hasher),
            login: LoginService(
                database: platform,
                hasher: hasher,
                sessions: sessions,
                secretBox: box,
                alarm: SecretAlarm(trail: nil, logger: logger),
                postOffice: postOffice
            ),
            sessions: sessions,
            keyRing: ring,
            team: TeamService(database: platform),
            invitations: InvitationService(database: platform, hasher: hasher, postOffice: postOffice),
            settings: MerchantSettingsService(database: tenant),
            credentials: CredentialService(database: platform),
            bots: BotService(database: tenant),
            channels: ChannelService(
                database: tenant,
                platform: platform,
                secrets: MerchantSecrets(database: tenant, keyEncryptionBox: box),
                keyEncryptionBox: box,
                alarm: SecretAlarm(trail: nil, logger: logger)
            ),
            conversations: ConversationService(database: tenant),
            messages: MessageService(database: tenant, usage: usage),
            quarantine: QuarantineService(database: platform),
            queues: QueueService(database: platform),
            audit: AuditService(database: tenant, platform: platform),
            kept: KeptAnswers(
                tenant: tenant,
                platform: platform,
                box: box,
                alarm: SecretAlarm(trail: nil, logger: logger)
            ),
            usage: usage,
            events: EventFeed(tenant: tenant, platform: platform),
            eventHub: EventHub(platform: platform, tenant: tenant, bell: Bell(client: client, logger: logger), logger: logger),
            webhooks: MetaWebhookService(
                directory: ChannelDirectory(database: platform, secretBox: box, logger: logger),
                writer: writer,
                logger: logger
            ),
            outsideWebhooks: OutsideWebhookService(
                directory: OutsideDirectory(
                    database: platform,
                    secrets: MerchantSecrets(database: tenant, keyEncryptionBox: box)
                ),
                database: platform
            ),
            outgoingWebhooks: WebhookService(
                database: tenant,
                secrets: MerchantSecrets(database: tenant, keyEncryptionBox: box),
                policy: DestinationPolicy()
            ),
            realtime: RealtimeService(
                RealtimeServices(
                    hub: EventHub(platform: platform, tenant: tenant, bell: Bell(client: client, logger: logger), logger: logger),
                    feed: EventFeed(tenant: tenant, platform: platform),
                    conversations: ConversationService(database: tenant),
                    counts: ConversationCountService(database: tenant),
                    authenticator: TestAuthenticator(),
                    logger: logger
                )
            ),
            tickets: TicketService(database: platform),
            authenticator: TestAuthenticator(),
            cursorSigner: CursorSigner(key: SymmetricKey(size: .bits256)),
            health: TestProbe(),
            version: "1"
        )
        var configuration = APIConfiguration(logger: logger)
        configuration.origins = origins
        return MaitreAPI.makeRouter(services, configuration: configuration)
    }
}

import Events
import Hummingbird
import Jobs
import Messaging
import Tenancy
import Usage

/// Everything that the routes of the API ask.
public struct APIServices: Sendable {
    public var merchants: MerchantService
    public var people: PersonService
    public var login: LoginService
    public var sessions: SessionService
    public var keyRing: SigningKeyRing
    public var team: TeamService
    public var invitations: InvitationService
    public var settings: MerchantSettingsService
    public var credentials: CredentialService
    public var bots: BotService
    public var channels: ChannelService
    public var conversations: ConversationService
    public var messages: MessageService
    public var quarantine: QuarantineService
    public var queues: QueueService
    public var audit: AuditService
    public var kept: KeptAnswers
    public var usage: UsageService
    public var events: EventFeed
    public var eventHub: EventHub
    public var webhooks: MetaWebhookService
    public var outsideWebhooks: OutsideWebhookService
    public var outgoingWebhooks: WebhookService
    public var realtime: RealtimeService
    public var tickets: TicketService
    public var authenticator: any Authenticator
    public var cursorSigner: CursorSigner
    public var health: any HealthProbe
    /// Of the program, as `/health` shows it.
    public var version: String

    public init(
        merchants: MerchantService,
        people: PersonService,
        login: LoginService,
        sessions: SessionService,
        keyRing: SigningKeyRing,
        team: TeamService,
        invitations: InvitationService,
        settings: MerchantSettingsService,
        credentials: CredentialService,
        bots: BotService,
        channels: ChannelService,
        conversations: ConversationService,
        messages: MessageService,
        quarantine: QuarantineService,
        queues: QueueService,
        audit: AuditService,
        kept: KeptAnswers,
        usage: UsageService,
        events: EventFeed,
        eventHub: EventHub,
        webhooks: MetaWebhookService,
        outsideWebhooks: OutsideWebhookService,
        outgoingWebhooks: WebhookService,
        realtime: RealtimeService,
        tickets: TicketService,
        authenticator: any Authenticator,
        cursorSigner: CursorSigner,
        health: any HealthProbe,
        version: String
    ) {
        self.merchants = merchants
        self.people = people
        self.login = login
        self.sessions = sessions
        self.keyRing = keyRing
        self.team = team
        self.invitations = invitations
        self.settings = settings
        self.credentials = credentials
        self.bots = bots
        self.channels = channels
        self.conversations = conversations
        self.messages = messages
        self.quarantine = quarantine
        self.queues = queues
        self.audit = audit
        self.kept = kept
        self.usage = usage
        self.events = events
        self.eventHub = eventHub
        self.webhooks = webhooks
        self.outsideWebhooks = outsideWebhooks
        self.outgoingWebhooks = outgoingWebhooks
        self.realtime = realtime
        self.tickets = tickets
        self.authenticator = authenticator
        self.cursorSigner = cursorSigner
        self.health = health
        self.version = version
    }
}

/// The whole API as `openapi.yaml` describes it.
public enum MaitreAPI {
    /// Health, webhooks, and under every base the routes that need a credential. What is served beside the API, such as pages and the simulator, is added
    /// before the router is `finished()`, so that a known path with another method is answered 405 there too.
    public static func makeRouter(_ services: APIServices, configuration: APIConfiguration) -> APIRouter {
        let api = APIRouter(configuration)
        let cursors = services.cursorSigner

        let health = HealthRoutes(probe: services.health, version: services.version)
        health.add(to: api.router)
        api.router.addVersion1 { health.add(to: $0) }
        KeySetRoutes(services.keyRing).add(to: api.router)
        WebhookRoutes(meta: services.webhooks).add(to: api.router)
        OutsideWebhookRoutes(services.outsideWebhooks, rateLimiter: configuration.rateLimiter).add(to: api.router)

        api.addPublicVersion1(origins: configuration.origins) { base in
            AuthRoutes(login: services.login, sessions: services.sessions, people: services.people).add(to: base)
            InvitationRoutes(services.invitations).add(to: base)
        }

        let realtime = RealtimeRoutes(
            services.realtime,
            tickets: services.tickets,
            authenticator: services.authenticator,
            origins: configuration.origins
        )
        api.addSockets(realtime)
        // Under every base the same streams are counted.
        let events = EventRoutes(
            services.events,
            hub: services.eventHub,
            authenticator: services.authenticator,
            limits: configuration.streamLimits
        )
        api.addVersion1(authenticator: services.authenticator) { base in
            realtime.addTickets(to: base)
            MeRoutes(people: services.people, login: services.login, sessions: services.sessions).add(to: base)
            TeamRoutes(services.team, invitations: services.invitations, kept: services.kept, cursors: cursors).add(to: base)
            PlatformAdminRoutes(services.team, invitations: services.invitations, kept: services.kept, cursors: cursors).add(to: base)
            MerchantRoutes(services.merchants, kept: services.kept).add(to: base)
            MerchantSettingsRoutes(services.settings, directory: services.merchants).add(to: base)
            CredentialRoutes(services.credentials, kept: services.kept, cursors: cursors).add(to: base)
            BotRoutes(services.bots, kept: services.kept, cursors: cursors).add(to: base)
            ChannelRoutes(services.channels, kept: services.kept, cursors: cursors).add(to: base)
            ConversationRoutes(services.conversations, cursors: cursors).add(to: base)
            MessageRoutes(services.messages, cursors: cursors).add(to: base)
            QuarantineRoutes(services.quarantine, cursors: cursors).add(to: base)
            QueueRoutes(services.queues).add(to: base)
            JobRoutes(services.queues, cursors: cursors).add(to: base)
            AuditRoutes(services.audit, cursors: cursors).add(to: base)
            UsageRoutes(services.usage).add(to: base)
            events.add(to: base)
            AllowanceRoutes(services.usage).add(to: base)
            WebhookEndpointRoutes(services.outgoingWebhooks, cursors: cursors).add(to: base)
            WebhookDeliveryRoutes(services.outgoingWebhooks, cursors: cursors).add(to: base)
        }
        return api
    }
}

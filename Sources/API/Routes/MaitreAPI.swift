import Hummingbird
import Messaging
import Tenancy
import Usage

/// Everything that the routes of the API ask.
public struct APIServices: Sendable {
    public var merchants: MerchantService
    public var bots: BotService
    public var channels: ChannelService
    public var conversations: ConversationService
    public var messages: MessageService
    public var quarantine: QuarantineService
    public var usage: UsageService
    public var webhooks: MetaWebhookService
    public var authenticator: any Authenticator
    public var cursorSigner: CursorSigner
    public var health: any HealthProbe
    /// Of the program, as `/health` shows it.
    public var version: String

    public init(
        merchants: MerchantService,
        bots: BotService,
        channels: ChannelService,
        conversations: ConversationService,
        messages: MessageService,
        quarantine: QuarantineService,
        usage: UsageService,
        webhooks: MetaWebhookService,
        authenticator: any Authenticator,
        cursorSigner: CursorSigner,
        health: any HealthProbe,
        version: String
    ) {
        self.merchants = merchants
        self.bots = bots
        self.channels = channels
        self.conversations = conversations
        self.messages = messages
        self.quarantine = quarantine
        self.usage = usage
        self.webhooks = webhooks
        self.authenticator = authenticator
        self.cursorSigner = cursorSigner
        self.health = health
        self.version = version
    }
}

/// The whole API as `openapi.yaml` describes it.
public enum MaitreAPI {
    /// Health, webhooks, and under every base the routes that need a credential.
    ///
    /// - Parameter others: adds what is served beside the API, such as pages and the simulator; it runs before the router is finished, so that a known
    ///   path with another method is answered 405 there too.
    public static func makeRouter(
        _ services: APIServices,
        configuration: APIConfiguration,
        adding others: (Router<AppRequestContext>) -> Void = { _ in }
    ) -> Router<AppRequestContext> {
        let api = APIRouter(configuration)
        let cursors = services.cursorSigner

        let health = HealthRoutes(probe: services.health, version: services.version)
        health.add(to: api.router)
        api.router.addVersion1 { health.add(to: $0) }
        WebhookRoutes(meta: services.webhooks).add(to: api.router)

        api.addVersion1(authenticator: services.authenticator) { base in
            MerchantRoutes(services.merchants).add(to: base)
            BotRoutes(services.bots, cursors: cursors).add(to: base)
            ChannelRoutes(services.channels, cursors: cursors).add(to: base)
            ConversationRoutes(services.conversations, cursors: cursors).add(to: base)
            MessageRoutes(services.messages, cursors: cursors).add(to: base)
            QuarantineRoutes(services.quarantine, cursors: cursors).add(to: base)
            UsageRoutes(services.usage).add(to: base)
            AllowanceRoutes(services.usage).add(to: base)
        }
        others(api.router)
        return api.finished()
    }
}

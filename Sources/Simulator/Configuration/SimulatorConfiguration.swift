import Core

/// What the simulated WhatsApp knows when it starts, and how it behaves.
public struct SimulatorConfiguration: Sendable {
    /// Where webhooks go unless a WABA or a number overrides it (providers.md A3): `http://127.0.0.1:8080/webhooks/meta`.
    public var callbackURL: String
    /// Where the Graph API is mounted: `/graph` makes `POST /graph/v24.0/{phone-number-id}/messages`.
    public var graphPath: String
    /// Scheme, host and port under which callers reach this simulator, for media links. Nil: taken from each request's `Host`.
    public var publicURL: String?
    public var apps: [SimulatedApp]
    public var phoneNumbers: [SimulatedPhoneNumber]
    /// Templates that exist from the start, approved.
    public var templates: [PresetTemplate]
    public var delays: SimulatorDelays
    public var limits: SimulatorLimits
    public var window: ServiceWindowPolicy
    public var faults: [FaultRule]
    /// Seed of every random decision, so that a run can be repeated.
    public var seed: UInt64
    /// Graph version in webhooks: up to 23 statuses carry `conversation` (A6).
    public var graphVersion: Int
    /// At most so many updates of different conversations travel in one POST. 1 sends each alone; Meta's own bound is 1000.
    public var updatesPerWebhook: Int
    /// Whether the callback is verified when the service starts.
    public var verifiesCallbackOnStart: Bool

    public init(
        callbackURL: String,
        graphPath: String = "/graph",
        publicURL: String? = nil,
        apps: [SimulatedApp],
        phoneNumbers: [SimulatedPhoneNumber],
        templates: [PresetTemplate] = [],
        delays: SimulatorDelays = SimulatorDelays(),
        limits: SimulatorLimits = SimulatorLimits(),
        window: ServiceWindowPolicy = ServiceWindowPolicy(),
        faults: [FaultRule] = [],
        seed: UInt64 = 1,
        graphVersion: Int = 24,
        updatesPerWebhook: Int = 1,
        verifiesCallbackOnStart: Bool = true
    ) {
        self.callbackURL = callbackURL
        self.graphPath = graphPath
        self.publicURL = publicURL
        self.apps = apps
        self.phoneNumbers = phoneNumbers
        self.templates = templates
        self.delays = delays
        self.limits = limits
        self.window = window
        self.faults = faults
        self.seed = seed
        self.graphVersion = graphVersion
        self.updatesPerWebhook = updatesPerWebhook
        self.verifiesCallbackOnStart = verifiesCallbackOnStart
    }
}

/// A Meta app: its secret signs the webhooks of every number subscribed to it.
public struct SimulatedApp: Sendable {
    public let appID: String
    public let appSecret: Secret<String>
    /// Sent as `hub.verify_token` when the callback is verified.
    public let verifyToken: Secret<String>

    public init(appID: String, appSecret: Secret<String>, verifyToken: Secret<String>) {
        self.appID = appID
        self.appSecret = appSecret
        self.verifyToken = verifyToken
    }
}

/// A business's number in its WhatsApp Business Account.
public struct SimulatedPhoneNumber: Sendable {
    /// Graph id, digits.
    public let phoneNumberID: String
    /// Graph id of the WhatsApp Business Account, digits.
    public let wabaID: String
    /// Digits without `+`, as in `metadata.display_phone_number`.
    public let displayNumber: String
    /// The only Bearer token that may use this number.
    public let accessToken: Secret<String>
    public let restaurantName: String
    /// `ar`, `id`, `en`: the phone page's first choice.
    public let locale: String
    /// The app that receives this number's webhooks; nil means the first.
    public let appID: String?

    public init(
        phoneNumberID: String,
        wabaID: String,
        displayNumber: String,
        accessToken: Secret<String>,
        restaurantName: String,
        locale: String = "en",
        appID: String? = nil
    ) {
        self.phoneNumberID = phoneNumberID
        self.wabaID = wabaID
        self.displayNumber = displayNumber
        self.accessToken = accessToken
        self.restaurantName = restaurantName
        self.locale = locale
        self.appID = appID
    }
}

/// A template that exists from the start.
public struct PresetTemplate: Sendable {
    public let wabaID: String
    /// As in `POST /{WABA_ID}/message_templates` (A11).
    public let definition: JSONValue

    public init(wabaID: String, definition: JSONValue) {
        self.wabaID = wabaID
        self.definition = definition
    }
}

import Core

/// A callback that overrides the app's (A3).
struct CallbackOverride: Sendable {
    let url: String
    let verifyToken: Secret<String>
}

/// A number and how it is doing.
struct NumberState: Sendable {
    var phone: SimulatedPhoneNumber
    var isTokenValid = true
    var status = "CONNECTED"
    var qualityRating = "GREEN"
    var callback: CallbackOverride?
    /// Throughput as one moment (GCRA).
    var throughputPaidUntil: Timestamp?
}

/// A WhatsApp Business Account.
struct AccountState: Sendable {
    var subscribedApps: [String]
    var callback: CallbackOverride?
}

/// The outcome of a verification GET (A1).
struct VerificationResult: Sendable {
    let url: String
    let appID: String
    let isVerified: Bool
    /// Nil when there was no answer.
    let status: Int?
    let detail: String
    let at: Timestamp

    var json: JSONValue {
        [
            "url": .string(url), "appId": .string(appID), "verified": .bool(isVerified), "status": status.map { .int($0) },
            "detail": .string(detail), "at": .int(at.microseconds / 1000),
        ]
    }
}

/// What happened so far.
struct SimulatorCounters: Sendable {
    var inboundMessages = 0
    var graphAccepted = 0
    var graphRefused = 0
    var webhookPosts = 0
    var webhookUpdates = 0
    var webhookFailures = 0
    var webhooksDropped = 0

    var json: JSONValue {
        [
            "inboundMessages": .int(inboundMessages), "graphAccepted": .int(graphAccepted), "graphRefused": .int(graphRefused),
            "webhookPosts": .int(webhookPosts), "webhookUpdates": .int(webhookUpdates), "webhookFailures": .int(webhookFailures),
            "webhooksDropped": .int(webhooksDropped),
        ]
    }
}

/// Everything the simulated provider knows. Behind one lock: every operation on it is short and none waits.
struct SimulatorState: Sendable {
    enum TimedAction: Sendable {
        case status(StatusPlan)
        /// An update that was held back.
        case release(WebhookUpdate)
        case retry(WebhookPost)
        case templateReview(Int64)
    }

    let configuration: SimulatorConfiguration
    var apps: [String: SimulatedApp]
    var numbers: [String: NumberState] = [:]
    /// Numbers in the order in which they became known.
    var numberOrder: [String] = []
    var accounts: [String: AccountState] = [:]
    var customers: [String: Customer] = [:]
    /// Business-scoped user ids of customers who are known by their number.
    var customersByUserID: [String: String] = [:]
    var threads: [ThreadKey: ChatThread] = [:]
    var sent: SentLog
    var media: MediaStore
    var templates = TemplateStore()
    var faults: FaultPlan
    var timers = TimerHeap<TimedAction>()
    var outbox = WebhookOutbox()
    var watchers = ThreadWatchers()
    var verifications: [VerificationResult] = []
    var counters = SimulatorCounters()
    var ids: MessageIDSource
    /// POSTs under way.
    var activeWebhooks = 0

    init(configuration: SimulatorConfiguration, idSeed: UInt64, now: Timestamp) {
        self.configuration = configuration
        apps = Dictionary(configuration.apps.map { ($0.appID, $0) }) { first, _ in first }
        sent = SentLog(limit: configuration.limits.sentLog)
        media = MediaStore(limit: configuration.limits.mediaBytes)
        faults = FaultPlan(rules: configuration.faults, seed: configuration.seed)
        ids = MessageIDSource(seed: idSeed)
        for phone in configuration.phoneNumbers { register(phone) }
        for preset in configuration.templates {
            // A preset that Meta would refuse is left out; `SimulatedMeta.init` has said so.
            if let template = try? templates.create(preset.definition, wabaID: preset.wabaID, at: now) {
                templates.set(.approved, of: template.id)
            }
        }
    }

    /// Adds a number, or replaces what is known about it.
    mutating func register(_ phone: SimulatedPhoneNumber) {
        if numbers[phone.phoneNumberID] == nil { numberOrder.append(phone.phoneNumberID) }
        numbers[phone.phoneNumberID] = NumberState(phone: phone)
        let app = phone.appID ?? configuration.apps.first?.appID
        if accounts[phone.wabaID] == nil { accounts[phone.wabaID] = AccountState(subscribedApps: []) }
        if let app, accounts[phone.wabaID]?.subscribedApps.contains(app) == false {
            accounts[phone.wabaID]?.subscribedApps.append(app)
        }
    }

    /// The customer of a key, made on first sight.
    mutating func customer(_ key: String, name: String? = nil) -> Customer {
        if var known = customers[key] {
            if let name, known.name != name {
                known.name = name
                customers[key] = known
            }
            return known
        }
        let customer = Customer(key: key, name: name ?? "Customer \(key.suffix(4))")
        customers[key] = customer
        return customer
    }

    /// The key under which `userID` is known.
    func customerKey(userID: String) -> String { customersByUserID[userID] ?? userID }

    mutating func changeThread<Result>(_ key: ThreadKey, at now: Timestamp, _ change: (inout ChatThread) -> Result) -> Result {
        change(&threads[key, default: ChatThread(now: now)])
    }

    // MARK: Webhooks

    /// Where the webhooks of an account or one of its numbers go: phone before account before app (A3), a copy for each subscribed app.
    func destinations(wabaID: String, phoneNumberID: String?) -> [(url: String, appID: String)] {
        let account = accounts[wabaID]
        let override = phoneNumberID.flatMap { numbers[$0]?.callback } ?? account?.callback
        return (account?.subscribedApps ?? []).map { (override?.url ?? configuration.callbackURL, $0) }
    }

    /// Hands an update to its destinations, with the faults for webhooks.
    mutating func publish(_ update: WebhookUpdate, customer: String, at now: Timestamp) {
        if let rule = faults.strike(.reorderWebhook, phoneNumberID: update.phoneNumberID) {
            timers.schedule(.release(update), at: now + faults.pause(upTo: rule.milliseconds))
        } else {
            enqueue(update, customer: customer)
        }
        if let rule = faults.strike(.duplicateWebhook, phoneNumberID: update.phoneNumberID) {
            for _ in 0..<rule.copies { enqueue(update, customer: customer) }
        }
    }

    mutating func enqueue(_ update: WebhookUpdate, customer: String) {
        for destination in destinations(wabaID: update.wabaID, phoneNumberID: update.phoneNumberID) {
            guard outbox.pending < configuration.limits.pendingUpdates else {
                counters.webhooksDropped += 1
                continue
            }
            let lane = WebhookLane(
                url: destination.url,
                appID: destination.appID,
                owner: update.phoneNumberID ?? update.wabaID,
                customer: customer
            )
            outbox.append(update, to: lane)
        }
    }

    func metadata(_ phoneNumberID: String) -> JSONValue {
        [
            "display_phone_number": .string(numbers[phoneNumberID]?.phone.displayNumber ?? ""),
            "phone_number_id": .string(phoneNumberID),
        ]
    }

    // MARK: Bounds

    /// Lets the idlest conversations go when there are more than the limit; a tenth at a time, so that this is rare.
    mutating func evictIdleThreads() {
        let limit = configuration.limits.threads
        // Customers can be made without a conversation, by status or by name.
        guard threads.count > limit || customers.count > limit * 2 else { return }
        if threads.count > limit {
            let idle = threads.filter { !watchers.isWatched($0.key) }.sorted { $0.value.lastActivity < $1.value.lastActivity }
            for (key, _) in idle.prefix(threads.count - limit * 9 / 10) { threads[key] = nil }
        }
        let alive = Set(threads.keys.map(\.customer))
        for key in customers.keys where !alive.contains(key) {
            if let userID = customers[key]?.userID { customersByUserID[userID] = nil }
            customers[key] = nil
        }
    }
}

import Core

extension SimulatorConfiguration {
    /// Reads the configuration of `docs/simulator.md`. Durations are milliseconds.
    ///
    /// Throws `JSONSyntaxError` when the bytes are not JSON and `FieldProblem` when a member is missing, wrong or unknown.
    public init(json bytes: some Sequence<UInt8>) throws {
        try self.init(json: JSONValue(parsing: bytes))
    }

    init(json: JSONValue) throws(FieldProblem) {
        var fields = try FieldReader(json)
        self.init(callbackURL: try fields.requiredString("callbackUrl"), apps: [], phoneNumbers: [])
        graphPath = try fields.string("graphPath", limit: 100) ?? graphPath
        publicURL = try fields.string("publicUrl")
        for (index, element) in try fields.elements("apps", limit: 1000).enumerated() {
            apps.append(try SimulatedApp(json: element, at: "/apps/\(index)"))
        }
        guard !apps.isEmpty else { throw fields.problem("apps", "must name at least one app") }
        for (index, element) in try fields.elements("phoneNumbers", limit: 10_000).enumerated() {
            phoneNumbers.append(try SimulatedPhoneNumber(json: element, at: "/phoneNumbers/\(index)"))
        }
        for (index, element) in try fields.elements("templates", limit: 1000).enumerated() {
            var template = try FieldReader(element, at: "/templates/\(index)")
            let wabaID = try template.requiredDigits("wabaId")
            guard let definition = template.value("definition") else { throw template.problem("definition", "is required") }
            try template.refuseUnknown()
            templates.append(PresetTemplate(wabaID: wabaID, definition: definition))
        }
        if let value = fields.value("delays") { delays = try SimulatorDelays(json: value, at: "/delays") }
        if let value = fields.value("limits") { limits = try SimulatorLimits(json: value, at: "/limits") }
        if let value = fields.value("window") { window = try ServiceWindowPolicy(json: value, at: "/window") }
        for (index, element) in try fields.elements("faults", limit: 100).enumerated() {
            faults.append(try FaultRule(json: element, at: "/faults/\(index)"))
        }
        seed = UInt64(try fields.int("seed", in: 0...Int.max) ?? 1)
        graphVersion = try fields.int("graphVersion", in: 13...99) ?? graphVersion
        updatesPerWebhook = try fields.int("updatesPerWebhook", in: 1...1000) ?? updatesPerWebhook
        verifiesCallbackOnStart = try fields.bool("verifiesCallbackOnStart") ?? verifiesCallbackOnStart
        try fields.refuseUnknown()
    }
}

extension SimulatedApp {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        var fields = try FieldReader(json, at: pointer)
        self.init(
            appID: try fields.requiredDigits("appId"),
            appSecret: Secret(try fields.requiredString("appSecret")),
            verifyToken: Secret(try fields.requiredString("verifyToken"))
        )
        try fields.refuseUnknown()
    }
}

extension SimulatedPhoneNumber {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        var fields = try FieldReader(json, at: pointer)
        let display = try fields.requiredString("displayNumber", limit: 32)
        guard let number = PhoneNumber(display) else { throw fields.problem("displayNumber", "must be a telephone number") }
        self.init(
            phoneNumberID: try fields.requiredDigits("phoneNumberId"),
            wabaID: try fields.requiredDigits("wabaId"),
            displayNumber: number.digits,
            accessToken: Secret(try fields.requiredString("accessToken")),
            restaurantName: try fields.requiredString("restaurantName", limit: 200),
            locale: try fields.string("locale", limit: 16) ?? "en",
            appID: try fields.string("appId", limit: 32)
        )
        try fields.refuseUnknown()
    }
}

extension SimulatorDelays {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        self.init()
        var fields = try FieldReader(json, at: pointer)
        func milliseconds(_ key: String) throws(FieldProblem) -> Duration? {
            try fields.int(key, in: 0...604_800_000).map { .milliseconds($0) }
        }
        sent = try milliseconds("sent") ?? sent
        delivered = try milliseconds("delivered") ?? delivered
        read = try milliseconds("read")
        templateReview = try milliseconds("templateReview") ?? templateReview
        webhookTimeout = try milliseconds("webhookTimeout") ?? webhookTimeout
        webhookLifetime = try milliseconds("webhookLifetime") ?? webhookLifetime
        heldRequest = try milliseconds("heldRequest") ?? heldRequest
        if fields.value("webhookRetries") != nil {
            webhookRetries = []
            for element in try fields.elements("webhookRetries", limit: 50) {
                guard let value = element.int, (0...604_800_000).contains(value) else {
                    throw fields.problem("webhookRetries", "must be milliseconds")
                }
                webhookRetries.append(.milliseconds(value))
            }
        }
        try fields.refuseUnknown()
    }
}

extension SimulatorLimits {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        self.init()
        var fields = try FieldReader(json, at: pointer)
        throughputPerSecond = try fields.int("throughputPerSecond", in: 0...1_000_000) ?? throughputPerSecond
        pairBurst = try fields.int("pairBurst", in: 0...1_000_000) ?? pairBurst
        pairInterval = try fields.int("pairInterval", in: 1...3_600_000).map { .milliseconds($0) } ?? pairInterval
        entriesPerThread = try fields.int("entriesPerThread", in: 1...100_000) ?? entriesPerThread
        threads = try fields.int("threads", in: 1...1_000_000) ?? threads
        sentLog = try fields.int("sentLog", in: 1...10_000_000) ?? sentLog
        mediaBytes = try fields.int("mediaBytes", in: 1...(4 << 30)) ?? mediaBytes
        pendingUpdates = try fields.int("pendingUpdates", in: 1...10_000_000) ?? pendingUpdates
        concurrentWebhooks = try fields.int("concurrentWebhooks", in: 1...1024) ?? concurrentWebhooks
        try fields.refuseUnknown()
    }
}

extension ServiceWindowPolicy {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        self.init()
        var fields = try FieldReader(json, at: pointer)
        enforcement = try fields.choice("enforcement", Enforcement.self) ?? enforcement
        openForUnknownCustomers = try fields.bool("openForUnknownCustomers") ?? openForUnknownCustomers
        try fields.refuseUnknown()
    }
}

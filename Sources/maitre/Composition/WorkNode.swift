import Automation
import Core
import Events
import Jobs
import Logging
import Messaging
import Outbound
import ServiceLifecycle
import Tenancy
import Usage

/// The workers of a node and what they need, in the order in which they start; they stop in the reverse one.
struct WorkNode {
    let databases: Databases
    private let configuration: NodeConfiguration
    private let queues: Set<String>
    private let logger: Logger

    /// - Parameter queues: names; empty means all.
    init(_ configuration: NodeConfiguration, databases: Databases, queues: [String] = [], logger: Logger) {
        self.configuration = configuration
        self.databases = databases
        self.queues = Set(queues)
        self.logger = logger
    }

    func services() -> [any Service] {
        let box = configuration.secretBox
        let trail = AuditTrail(database: databases.platform, logger: logger)
        let secrets = MerchantSecrets(
            database: databases.tenant,
            keyEncryptionBox: box,
            alarm: SecretAlarm(trail: trail, logger: logger)
        )
        var meta = MetaClient.Configuration(baseURL: configuration.graphURL)
        meta.totalTimeout = configuration.providerTimeout
        let provider = MetaClient(configuration: meta, logger: logger)
        let tally = JobTally()
        let worker = WorkerConfiguration(concurrency: configuration.concurrency)
        var workers: [any Service] = []
        if works(on: .inbound) {
            workers.append(
                Worker(
                    InboundHandler(
                        platform: databases.platform,
                        database: databases.tenant,
                        responder: GreetingResponder(),
                        logger: logger
                    ),
                    database: databases.platform,
                    bell: databases.bell,
                    configuration: worker,
                    tally: tally,
                    logger: logger
                )
            )
        }
        if works(on: .messageSending) {
            workers.append(
                Worker(
                    SendingHandler(
                        database: databases.tenant,
                        secrets: secrets,
                        provider: provider,
                        settleAfter: configuration.settleAfter,
                        logger: logger
                    ),
                    database: databases.platform,
                    bell: databases.bell,
                    configuration: worker,
                    tally: tally,
                    logger: logger
                )
            )
        }
        let webhooks = WebhookSenders(configuration, databases: databases, secrets: secrets, tally: tally, logger: logger)
        workers += webhooks.workers.filter { works(on: $0.queue) }.map(\.worker)
        var mail: [any Service] = []
        if let smtp = configuration.smtp {
            mail.append(
                EmailDelivery(
                    database: databases.platform,
                    postOffice: PostOffice(configuration, secretBox: configuration.secretBox, logger: logger),
                    client: SMTPClient(smtp),
                    logger: logger
                )
            )
        }
        return mail + [
            PeopleMaintenance(database: databases.platform, logger: logger),
            trail,
            ClosingService { try await provider.shutdown() },
            ClosingService { try await webhooks.shutdown() },
            QueueMeter(database: databases.platform, tally: tally, logger: logger),
            ServicesTogether(workers),
            QueueMaintenance(database: databases.platform, bell: databases.bell, logger: logger),
            QueueMetrics(database: databases.platform, logger: logger),
            EventRetention(database: databases.platform, days: configuration.eventDays, logger: logger),
            AuditPartitions(database: databases.platform, logger: logger),
            MerchantEnding(MerchantService(database: databases.platform, secretBox: box), logger: logger),
            Retention(database: databases.tenant, platform: databases.platform, logger: logger),
            UsageRollUp(database: databases.tenant, platform: databases.platform, logger: logger),
            WebhookDispatcher(database: databases.platform, bell: databases.bell, logger: logger),
            WebhookMaintenance(database: databases.platform, logger: logger),
        ]
    }

    private func works(on queue: Queue) -> Bool { queues.isEmpty || queues.contains(queue.name) }
}

/// Services that stop at the same time. One after the other, the last of them would get what the others have left of the grace period.
struct ServicesTogether: Service {
    private let services: [any Service]

    init(_ services: [any Service]) {
        self.services = services
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            // Without a worker there would be nothing to wait for, and an ended service ends the node.
            if services.isEmpty { try? await gracefulShutdown() }
            try await group.waitForAll()
        }
    }
}

/// Closes something at shutdown, after everything that was started later.
struct ClosingService: Service {
    let close: @Sendable () async throws -> Void

    func run() async throws {
        try? await gracefulShutdown()
        try await close()
    }
}

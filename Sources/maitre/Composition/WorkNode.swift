import Automation
import Core
import Crypto
import Jobs
import Logging
import Messaging
import ServiceLifecycle
import Tenancy

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
        let secrets = MerchantSecrets(
            database: databases.tenant,
            keyEncryptionBox: SecretBox(key: SymmetricKey(data: configuration.keyEncryptionKey.reveal()))
        )
        let provider = MetaClient(configuration: .init(baseURL: configuration.graphURL), logger: logger)
        let worker = WorkerConfiguration(concurrency: configuration.concurrency)
        var services: [any Service] = [ClosingService { try await provider.shutdown() }]
        if works(on: .inbound) {
            services.append(
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
                    logger: logger
                )
            )
        }
        if works(on: .messageSending) {
            services.append(
                Worker(
                    SendingHandler(database: databases.tenant, secrets: secrets, provider: provider, logger: logger),
                    database: databases.platform,
                    bell: databases.bell,
                    configuration: worker,
                    logger: logger
                )
            )
        }
        services.append(QueueMaintenance(database: databases.platform, bell: databases.bell, logger: logger))
        services.append(QueueMetrics(database: databases.platform, logger: logger))
        return services
    }

    private func works(on queue: Queue) -> Bool { queues.isEmpty || queues.contains(queue.name) }
}

/// Closes something at shutdown, after everything that was started later.
struct ClosingService: Service {
    let close: @Sendable () async throws -> Void

    func run() async throws {
        try? await gracefulShutdown()
        try await close()
    }
}

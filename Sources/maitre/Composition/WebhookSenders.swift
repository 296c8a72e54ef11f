import Events
import Jobs
import Logging
import Outbound
import ServiceLifecycle
import Tenancy

/// The workers that deliver webhooks, and what they share.
struct WebhookSenders {
    let workers: [(queue: Queue, worker: any Service)]
    private let client: GuardedClient
    private let resolver: SystemResolver

    init(_ configuration: NodeConfiguration, databases: Databases, secrets: MerchantSecrets, tally: JobTally, logger: Logger) {
        var calls = GuardedClient.Configuration()
        calls.totalTimeout = configuration.webhooks.timeout
        let resolver = SystemResolver()
        let client = GuardedClient(policy: configuration.destinations, resolver: resolver, configuration: calls, logger: logger)
        let postOffice = PostOffice(configuration, secretBox: configuration.secretBox, logger: logger)
        // Two kinds with workers of their own, so that endpoints that take long take nobody else's turn.
        workers = [Queue.webhookDelivery, .webhookSlow].map { queue in
            let worker = Worker(
                WebhookHandler(
                    queue: queue,
                    database: databases.tenant,
                    secrets: secrets,
                    client: client,
                    notices: OwnerNotices(database: databases.platform, postOffice: postOffice),
                    schedule: configuration.webhooks.schedule,
                    slowAfter: configuration.webhooks.slowAfter,
                    logger: logger
                ),
                database: databases.platform,
                bell: databases.bell,
                configuration: WorkerConfiguration(concurrency: configuration.webhooks.concurrency),
                tally: tally,
                logger: logger
            )
            return (queue, worker)
        }
        self.client = client
        self.resolver = resolver
    }

    func shutdown() async throws {
        client.shutdown()
        try await resolver.shutdown()
    }
}

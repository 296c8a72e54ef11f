import ArgumentParser
import Configuration
import Jobs
import Logging
import ServiceLifecycle
import UnixSignals

/// `maitre serve`: the API and the webhooks, against a given database.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the API and takes webhooks; `maitre work` does the rest. Any number of each may run."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let environment = try CommandEnvironment.load(options, requiring: NodeConfiguration.required)
        let configuration = try NodeConfiguration(environment.settings, for: .serving)
        OpenFiles.allow(connections: configuration.connections, logger: environment.logger)
        try await PortCheck.requireFree(
            host: environment.settings.http.host,
            port: environment.settings.http.port,
            setting: "MAITRE_HTTP_PORT"
        )
        try await PortCheck.requireFree(
            host: environment.settings.http.host,
            port: environment.settings.http.metricsPort,
            setting: "MAITRE_HTTP_METRICS_PORT"
        )
        let databases = Databases(configuration, purpose: "api", logger: environment.logger)
        try await PendingMigrations.refuse(databases.platform)
        let metrics = MetricsEndpoint.bootstrap()
        let node = APINode(configuration, databases: databases, logger: environment.logger)
        let http = environment.settings.http
        let logger = environment.logger
        var services: [any Service] = databases.clients
        services.append(databases.bell)
        services.append(metrics.service(host: http.host, port: http.metricsPort, logger: logger))
        services += node.services(
            host: http.host,
            port: http.port,
            onBound: { port in logger.notice("Listening", metadata: ["host": "\(http.host)", "port": "\(port)"]) }
        )
        try await NodeRunner.run(services, grace: environment.settings.limits.shutdown, logger: logger)
    }
}

/// `maitre work`: the jobs, against a given database.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Works on the queues: processes what webhooks brought, sends messages, keeps partitions."
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(help: ArgumentHelp("Queues to work on; all without it.", valueName: "name,…"))
    var queues: String?

    func run() async throws {
        let environment = try CommandEnvironment.load(
            options,
            overrides: queues.map { ["worker.queues": .stringArray($0.split(separator: ",").map(String.init))] } ?? [:],
            requiring: NodeConfiguration.required
        )
        let unknown = environment.settings.worker.queues.filter { name in !Queue.all.contains { $0.name == name } }
        guard unknown.isEmpty else {
            throw PlainFailure(
                description:
                    "There is no queue \(unknown.joined(separator: ", ")); there are \(Queue.all.map(\.name).joined(separator: ", "))."
            )
        }
        let configuration = try NodeConfiguration(environment.settings, for: .working)
        try await PortCheck.requireFree(
            host: environment.settings.http.host,
            port: environment.settings.http.metricsPort,
            setting: "MAITRE_HTTP_METRICS_PORT"
        )
        let databases = Databases(configuration, purpose: "work", logger: environment.logger)
        try await PendingMigrations.refuse(databases.platform)
        let metrics = MetricsEndpoint.bootstrap()
        let node = WorkNode(configuration, databases: databases, queues: environment.settings.worker.queues, logger: environment.logger)
        var services: [any Service] = databases.clients
        services.append(databases.bell)
        services.append(
            metrics.service(host: environment.settings.http.host, port: environment.settings.http.metricsPort, logger: environment.logger)
        )
        services += node.services()
        environment.logger.notice("Working", metadata: ["queues": "\(environment.settings.worker.queues)"])
        try await NodeRunner.run(services, grace: environment.settings.limits.shutdown, logger: environment.logger)
    }
}

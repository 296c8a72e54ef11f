import ArgumentParser
import Core
import Foundation
import Hummingbird
import Jobs
import Logging
import Messaging
import ServiceLifecycle
import Simulator
import UnixSignals

/// `maitre dev`: everything in one process with demo data, for trying out and for working on Maitre.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Runs Maitre with its own PostgreSQL, demo restaurants and a simulated WhatsApp."
    )

    @Option(help: "Port of the API, the phone page and the simulator.")
    var port: Int = 8080

    @Option(help: "Address to listen on.")
    var host: String = "127.0.0.1"

    @Option(help: "Keep data here.")
    var data: String = ".maitre"

    @Option(help: "Log level: trace, debug, info, notice, warning, error, critical.")
    var logLevel: Logger.Level = .notice

    func validate() throws {
        guard (1...65_535).contains(port) else { throw ValidationError("--port must be between 1 and 65535") }
    }

    func run() async throws {
        var logger = Logger(label: "maitre") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        let directory = URL(fileURLWithPath: data).path
        // Before the database starts: a mistake about the port should not cost a minute.
        try await PortCheck.requireFree(host: host, port: port, setting: "--port")
        let postgres = EmbeddedPostgres(directory: directory, logger: logger)
        let running = try await postgres.start()
        do {
            try await serve(running, directory: directory, logger: logger)
        } catch {
            await running.stop()
            throw error
        }
        await running.stop()
    }

    private func serve(_ running: EmbeddedPostgres.Running, directory: String, logger: Logger) async throws {
        let installation = try await DevInstallation.prepare(running, directory: directory, logger: logger)
        var configuration = NodeConfiguration(
            tenantURL: installation.tenantURL,
            platformURL: installation.platformURL,
            tenantConnections: 6,
            platformConnections: 4,
            keyEncryptionKey: installation.keyEncryptionKey,
            graphURL: "http://127.0.0.1:\(port)/graph/v24.0",
            ingest: .init(),
            publicURL: "http://127.0.0.1:\(port)",
            showsLinks: true,
            concurrency: 32
        )
        configuration.webhooks.allowsLoopback = true
        let api = Databases(configuration, purpose: "api", logger: logger)
        let work = WorkNode(
            configuration,
            databases: Databases(configuration, purpose: "work", bell: api.bell, logger: logger),
            logger: logger
        )
        let node = APINode(configuration, databases: api, logger: logger)
        let demo = try await DemoData(node: node).ensure(
            known: DemoFile.read(directory + "/demo.json"),
            baseURL: "http://127.0.0.1:\(port)"
        )
        try demo.write(directory + "/demo.json")
        let meta = SimulatedMeta(configuration: demo.simulator(port: port), logger: logger)
        let announcement = DevAnnouncement(demo: demo, directory: directory)
        // They stop in the reverse order: first the server, so that requests end, then the workers, then the pools, at last PostgreSQL.
        var services: [any Service] = [EmbeddedPostgresService(running: running, logger: logger)]
        services += api.clients + work.databases.clients
        services.append(api.bell)
        services += work.services()
        services.append(SimulatorService(meta))
        services += node.services(
            host: host,
            port: port,
            addRoutes: { router in meta.addRoutes(to: router) },
            onBound: { _ in announcement.print() }
        )
        try await NodeRunner.run(services, grace: .seconds(25), logger: logger)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension DemoFile {
    /// The demo channels as the simulated WhatsApp knows them.
    func simulator(port: Int) -> SimulatorConfiguration {
        let channels = merchants.flatMap { merchant in merchant.channels.map { (merchant, $0) } }
        let apps = channels.first.map { _, channel in
            [SimulatedApp(appID: channel.appId, appSecret: Secret(channel.appSecret), verifyToken: Secret(channel.verifyToken))]
        }
        var configuration = SimulatorConfiguration(
            callbackURL: "http://127.0.0.1:\(port)/webhooks/meta",
            publicURL: "http://127.0.0.1:\(port)",
            apps: apps ?? [],
            phoneNumbers: channels.map { merchant, channel in
                SimulatedPhoneNumber(
                    phoneNumberID: channel.phoneNumberId,
                    wabaID: channel.wabaId,
                    displayNumber: String(channel.displayNumber.dropFirst()),
                    accessToken: Secret(channel.accessToken),
                    restaurantName: merchant.name,
                    locale: merchant.locale
                )
            }
        )
        // Its conversations are in memory: after a restart a customer of yesterday should still be answered.
        configuration.window.openForUnknownCustomers = true
        return configuration
    }
}

/// What a newcomer reads when everything is up.
struct DevAnnouncement: Sendable {
    let demo: DemoFile
    let directory: String

    func print() {
        var lines = [
            "",
            "Maitre is running.",
            "  Phone page     \(demo.baseUrl)/phone",
            "  API            \(demo.baseUrl)/api/v1",
            "  Reference      \(demo.baseUrl)/docs",
            "  Health         \(demo.baseUrl)/api/health",
            "",
            "Demo credentials (also in \(directory)/demo.json)",
            "  Platform key   \(demo.platformKey)",
        ]
        for merchant in demo.merchants {
            lines.append("  \(merchant.name)")
            lines.append("    X-Restaurant-Id  \(merchant.restaurantId)")
            lines.append("    Token            \(merchant.pat)")
            if let email = merchant.email, let password = merchant.password { lines.append("    Login            \(email)  \(password)") }
        }
        lines += ["", "Ctrl-C stops everything; the next start finds its data.", ""]
        Swift.print(lines.joined(separator: "\n"))
        fflush(nil)
    }
}

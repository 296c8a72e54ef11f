import ArgumentParser
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Simulator

/// `maitre simulate`: the simulated WhatsApp alone, for tests and for trying another receiver.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs the simulated WhatsApp alone: Graph API, webhooks, phone page."
    )

    @Option(name: .customLong("config"), help: "A JSON file with apps, numbers, delays and faults (docs/simulator.md).")
    var configuration: String

    @Option(help: "Port to listen on.")
    var port: Int = 8090

    @Option(help: "Address to listen on.")
    var host: String = "127.0.0.1"

    func run() async throws {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        var logger = Logger(label: "maitre.simulator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let meta = SimulatedMeta(configuration: try SimulatorConfiguration(json: text.utf8), logger: logger)
        let router = Router(context: SimulatorRequestContext.self)
        meta.addRoutes(to: router)
        let server = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                print("The simulated WhatsApp listens on http://\(host):\(channel.localAddress?.port ?? port)/phone")
            },
            logger: logger
        )
        try await NodeRunner.run([SimulatorService(meta), server], grace: .seconds(5), logger: logger)
    }
}

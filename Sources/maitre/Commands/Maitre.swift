import ArgumentParser
import Core

/// The command line. Commands read arguments and print; what they do lives elsewhere.
@main
struct Maitre: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maitre",
        abstract: "A front desk for WhatsApp: stores, answers and shows the messages of many merchants.",
        version: MaitreVersion.current,
        subcommands: [
            DevCommand.self, ServeCommand.self, WorkCommand.self, MigrateCommand.self, AdminCommand.self, SimulateCommand.self,
            EventsCommand.self, PostgresCommand.self,
        ]
    )
}

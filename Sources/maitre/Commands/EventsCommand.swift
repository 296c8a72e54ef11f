import ArgumentParser
import Core
import Events
import Foundation
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy

/// `maitre events`: what happens, for whoever runs the installation.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what happens to a restaurant.",
        subcommands: [Tail.self]
    )

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a restaurant's events as they happen, until Ctrl-C: time, type and data, one line each."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The merchant's id.")
        var merchant: String

        @Option(help: ArgumentHelp("Only these types.", valueName: "type,…"))
        var types: String?

        @Option(
            help: ArgumentHelp("Begin after this position, or at the oldest event that is kept with 'beginning'.", valueName: "position")
        )
        var after: String?

        @Flag(help: "One JSON object a line, as the API sends it.")
        var json = false

        func run() async throws {
            guard let merchant = MerchantID(merchant) else { throw ValidationError("--merchant must be a UUID") }
            let filter = try EventFilter(types)
            let environment = try CommandEnvironment.load(options, requiring: NodeConfiguration.required)
            let configuration = try NodeConfiguration(environment.settings, for: .serving)
            let databases = Databases(configuration, purpose: "events", logger: environment.logger)
            let result: Result<Void, any Error>
            do {
                try await PendingMigrations.refuse(databases.platform)
                let tail = try EventTail(databases: databases, merchant: merchant, after: after, logger: environment.logger)
                let format = json ? EventLine.json : EventLine.plain
                try await NodeRunner.run(
                    [
                        databases.bell, tail.hub,
                        tail.printing { event in
                            guard filter.includes(event) else { return }
                            FileHandle.standardOutput.write(Data((format(event) + "\n").utf8))
                        },
                    ],
                    grace: .seconds(5),
                    logger: environment.logger
                )
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await databases.shutDown()
            try result.get()
        }
    }
}

/// Which events are printed.
struct EventFilter: Sendable {
    private let types: Set<String>?

    /// - Parameter text: names of types separated by commas; nil is all.
    init(_ text: String?) throws {
        guard let text else {
            types = nil
            return
        }
        let names = text.split(separator: ",").map(String.init)
        let unknown = names.filter { EventType(rawValue: $0) == nil }
        guard unknown.isEmpty, !names.isEmpty else {
            let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no event type \(unknown.joined(separator: ", ")); there are \(all)")
        }
        types = Set(names)
    }

    func includes(_ event: PublishedEvent) -> Bool { types?.contains(event.type) ?? true }
}

/// An event as one line.
enum EventLine {
    static func plain(_ event: PublishedEvent) -> String {
        "\(event.createdAt)  \(event.type)  \(event.data.string)"
    }

    static func json(_ event: PublishedEvent) -> String {
        var writer = JSONWriter()
        event.write(to: &writer)
        return writer.text
    }
}

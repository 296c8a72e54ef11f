import ArgumentParser
import Configuration
import Foundation
import Logging

/// What a command needs before it can do anything: checked settings, and logging as they say.
struct CommandEnvironment: Sendable {
    let settings: Settings
    /// Of the label `maitre`; others by `Logger(label:)`, since the logging system is set up.
    let logger: Logger

    /// Reads the configuration and sets up logging. Once in a process: from a command.
    ///
    /// - Parameters:
    ///   - overrides: values that win over everything but the options, by key.
    ///   - requiring: keys of settings without a default that the command needs.
    /// - Throws: `ExitCode` 78 (`EX_CONFIG`) after one line on standard error that names everything missing or bad.
    static func load(
        _ options: ConfigurationOptions,
        overrides: [String: ConfigContent] = [:],
        requiring: [String] = []
    ) throws -> CommandEnvironment {
        do {
            let (settings, warnings) = try Settings.load(sources(options, overrides: overrides, requiring: requiring))
            LoggingSystem.bootstrap(
                { LineLogHandler(label: $0, settings: settings.log, output: .standardError, metadataProvider: $1) },
                metadataProvider: nil
            )
            let logger = Logger(label: "maitre")
            for name in warnings {
                logger.warning("A variable of the environment looks like a setting and is none", metadata: ["name": "\(name)"])
            }
            return CommandEnvironment(settings: settings, logger: logger)
        } catch {
            FileHandle.standardError.write(Data("maitre: \(error)\n".utf8))
            throw ExitCode(SettingsError.exitCode)
        }
    }

    /// The options as sources of settings.
    static func sources(
        _ options: ConfigurationOptions,
        overrides: [String: ConfigContent] = [:],
        requiring: [String] = [],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Settings.Sources {
        var overrides = overrides
        if let level = options.logLevel { overrides["log.level"] = .string(level) }
        if let format = options.logFormat { overrides["log.format"] = .string(format) }
        let file = options.file ?? environment["MAITRE_CONFIG"]
        return Settings.Sources(overrides: overrides, environment: environment, file: file, requiring: requiring)
    }
}

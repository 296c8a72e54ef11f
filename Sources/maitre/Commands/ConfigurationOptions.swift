import ArgumentParser
import Foundation

/// The options that every command with a configuration has. None has a default: it would hide the environment and the file.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "A JSON configuration file; also MAITRE_CONFIG.")
    var file: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(help: "json or text.")
    var logFormat: String?
}

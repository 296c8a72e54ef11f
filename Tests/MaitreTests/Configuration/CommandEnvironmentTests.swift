import ArgumentParser
import Configuration
import Testing

@testable import maitre

@Suite("Command environment")
struct CommandEnvironmentTests {
    @Test("J1: a configuration that cannot be used ends the process with code 78")
    func exitCode() throws {
        let options = try ConfigurationOptions.parse(["--config", "/nowhere.json"])
        #expect(throws: ExitCode(78)) { try CommandEnvironment.load(options) }
        let loud = try ConfigurationOptions.parse(["--log-level", "loud"])
        #expect(throws: ExitCode(78)) { try CommandEnvironment.load(loud) }
        let none = try ConfigurationOptions.parse([])
        #expect(throws: ExitCode(78)) { try CommandEnvironment.load(none, requiring: [DatabaseSettings.tenantURLKey]) }
    }

    @Test("Options win over the environment; the file may be named by either")
    func sources() throws {
        let environment = ["MAITRE_CONFIG": "/from/environment", "MAITRE_LOG_LEVEL": "error"]
        let given = try ConfigurationOptions.parse(["--config", "/from/option", "--log-level", "debug", "--log-format", "text"])
        let sources = CommandEnvironment.sources(given, overrides: ["http.port": .int(1)], environment: environment)
        #expect(sources.file == "/from/option")
        #expect(sources.overrides == ["http.port": .int(1), "log.level": .string("debug"), "log.format": .string("text")])
        let absent = CommandEnvironment.sources(try ConfigurationOptions.parse([]), environment: environment)
        #expect(absent.file == "/from/environment")
        #expect(absent.overrides.isEmpty)
    }
}

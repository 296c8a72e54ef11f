import Configuration
import Core
import Foundation
import Logging
import Testing

@testable import maitre

@Suite("Settings")
struct SettingsTests {
    static func load(
        _ environment: [String: String],
        overrides: [String: ConfigContent] = [:],
        file: String? = nil,
        requiring: [String] = []
    ) throws -> Settings {
        try Settings.load(.init(overrides: overrides, environment: environment, file: file, requiring: requiring)).settings
    }

    /// Runs a body with a configuration file.
    @discardableResult
    static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = "\(NSTemporaryDirectory())/maitre-settings-\(UUID()).json"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        defer { unlink(path) }
        return try body(path)
    }

    @Test("Nothing set: the defaults of the table, and no secret")
    func defaults() throws {
        let settings = try Self.load([:])
        #expect(settings.http.host == "127.0.0.1")
        #expect(settings.http.port == 8080)
        #expect(settings.ingest.batchRows == 200)
        #expect(settings.log.level == .info)
        #expect(settings.log.format == .json)
        #expect(settings.worker.queues.isEmpty)
        #expect(settings.database.tenantURL.value == nil)
        #expect(throws: SettingsError(problems: ["MAITRE_DATABASE_TENANT_URL is missing"])) { try settings.database.tenantURL.get() }
    }

    @Test("The environment is read under MAITRE_ names")
    func environment() throws {
        let key = String(repeating: "0f", count: 32)
        let settings = try Self.load([
            "MAITRE_HTTP_METRICS_PORT": "0", "MAITRE_DATABASE_TENANT_URL": "postgres://maitre_tenant@db/maitre",
            "MAITRE_LOG_LEVEL": "trace",
            "MAITRE_WORKER_QUEUES": "inbound, sending", "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": key,
            "MAITRE_META_GRAPH_BASE_URL": "http://127.0.0.1:9000/graph",
            "HTTP_PORT": "1",
        ])
        #expect(settings.http.metricsPort == 0)
        #expect(settings.http.port == 8080)
        let url = try settings.database.tenantURL.get().reveal()
        #expect(url == "postgres://maitre_tenant@db/maitre")
        #expect(settings.log.level == .trace)
        #expect(settings.worker.queues == ["inbound", "sending"])
        let bytes = try settings.secrets.keyEncryptionKey.get().reveal()
        #expect(bytes == [UInt8](repeating: 0x0f, count: 32))
        #expect(settings.meta.graphBaseURL == "http://127.0.0.1:9000/graph")
    }

    @Test("Command line before environment before file")
    func precedence() throws {
        let file = #"{"http": {"port": 1, "host": "0.0.0.0", "metricsPort": 1}, "worker": {"queues": ["a", "b"]}}"#
        let settings = try Self.withFile(file) { path in
            try Self.load(["MAITRE_HTTP_PORT": "2", "MAITRE_HTTP_METRICS_PORT": "2"], overrides: ["http.port": .int(3)], file: path)
        }
        #expect(settings.http.port == 3)
        #expect(settings.http.metricsPort == 2)
        #expect(settings.http.host == "0.0.0.0")
        #expect(settings.worker.queues == ["a", "b"])
    }

    @Test("J1: everything that is bad or missing is one line, without the values")
    func allAtOnce() {
        let environment = [
            "MAITRE_HTTP_PORT": "abc", "MAITRE_HTTP_METRICS_PORT": "70000", "MAITRE_LOG_LEVEL": "loud", "MAITRE_HTTP_HOST": " ",
            "MAITRE_DATABASE_TENANT_URL": "mysql://secret", "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": "0f0f",
            "MAITRE_META_GRAPH_BASE_URL": "graph/",
            "MAITRE_WORKER_QUEUES": "a,,b",
        ]
        let error = #expect(throws: SettingsError.self) {
            try Self.load(environment, requiring: [DatabaseSettings.tenantURLKey, DatabaseSettings.platformURLKey])
        }
        #expect(
            error?.description == """
                configuration: MAITRE_HTTP_HOST must not be empty; MAITRE_HTTP_PORT must be a whole number (from the environment); \
                MAITRE_HTTP_METRICS_PORT must be between 0 and 65535; MAITRE_DATABASE_TENANT_URL must be a PostgreSQL URL; \
                MAITRE_WORKER_QUEUES must not have empty names; MAITRE_META_GRAPH_BASE_URL must be an http or https URL without a slash at its end; \
                MAITRE_SECRETS_KEY_ENCRYPTION_KEY must be a key of 64 hexadecimal digits; \
                MAITRE_LOG_LEVEL must be one of trace, debug, info, notice, warning, error, critical; \
                MAITRE_DATABASE_PLATFORM_URL is missing
                """
        )
    }

    @Test("A value of the wrong type in the file is named with its file")
    func wrongTypeInFile() throws {
        try Self.withFile(#"{"http": {"port": true}}"#) { path in
            #expect(throws: SettingsError(problems: ["MAITRE_HTTP_PORT must be a whole number (from \(path))"])) {
                try Self.load([:], file: path)
            }
        }
    }

    @Test("An unknown name is refused in a file, and a warning in the environment")
    func unknownNames() throws {
        try Self.withFile(#"{"http": {"prot": 1}}"#) { path in
            #expect(throws: SettingsError(problems: ["\(path) has an unknown setting 'http.prot'"])) { try Self.load([:], file: path) }
        }
        let warnings = try Settings.load(.init(environment: ["MAITRE_HTTP_PROT": "1", "MAITRE_SCRATCH": "x", "OTHER": "y"])).warnings
        #expect(warnings == ["MAITRE_HTTP_PROT"])
    }

    @Test("A file that is missing or no object of settings is one line", arguments: ["", "[]", "8080", "{\"http\":", "{\"http\": null}"])
    func badFile(text: String) throws {
        try Self.withFile(text) { path in
            #expect(throws: SettingsError(problems: ["the file \(path) is not a JSON object of settings"])) {
                try Self.load([:], file: path)
            }
        }
        #expect(throws: SettingsError(problems: ["the file /nowhere.json cannot be read"])) { try Self.load([:], file: "/nowhere.json") }
    }

    @Test("A10: previous key-encryption keys come in a list, and a bad one is named without its value")
    func previousKeys() throws {
        let (one, other) = (String(repeating: "0a", count: 32), String(repeating: "0B", count: 32))
        #expect(try Self.load([:]).secrets.previousKeyEncryptionKeys.isEmpty)
        let settings = try Self.load(["MAITRE_SECRETS_PREVIOUS_KEY_ENCRYPTION_KEYS": "\(one), \(other)"])
        #expect(
            settings.secrets.previousKeyEncryptionKeys.map { $0.reveal() } == [
                .init(repeating: 10, count: 32), .init(repeating: 11, count: 32),
            ]
        )
        let error = #expect(throws: SettingsError.self) {
            try Self.load(["MAITRE_SECRETS_PREVIOUS_KEY_ENCRYPTION_KEYS": "\(one),hunter2"])
        }
        #expect(
            error?.description
                == "configuration: MAITRE_SECRETS_PREVIOUS_KEY_ENCRYPTION_KEYS must be keys of 64 hexadecimal digits separated by commas"
        )
    }

    @Test("Secrets do not show when settings are printed")
    func secretsAreHidden() throws {
        let settings = try Self.load([
            "MAITRE_DATABASE_TENANT_URL": "postgres://u:hunter2@db/x",
            "MAITRE_SECRETS_KEY_ENCRYPTION_KEY": String(repeating: "ab", count: 32),
        ])
        var text = ""
        dump(settings, to: &text)
        #expect(!text.contains("hunter2") && !String(describing: settings).contains("hunter2"))
        #expect(!text.contains("171"))
    }

    @Test("Names in the environment follow from keys as swift-configuration forms them")
    func environmentNames() throws {
        // Every setting is set to something bad under its documented name: each must be noticed.
        for description in Settings.descriptions where description.type.hasPrefix("whole number") {
            #expect(throws: SettingsError.self, "\(description.environmentName)") { try Self.load([description.environmentName: "bad"]) }
        }
    }

    @Test("docs/operating.md lists exactly the settings there are, with their types and defaults")
    func manual() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        let manual = try String(contentsOf: root.appending(path: "docs/operating.md"), encoding: .utf8)
        let rows = manual.split(separator: "\n").filter { $0.hasPrefix("| `MAITRE_") }.map { row in
            row.split(separator: "|").prefix(4).map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let expected = Settings.descriptions.map { setting in
            let standard = setting.isSecret ? "none; secret" : setting.standard == "" ? "empty" : "`\(setting.standard ?? "")`"
            return ["`\(setting.environmentName)`", "`\(setting.key)`", setting.type, standard]
        }
        #expect(rows == expected)
    }
}

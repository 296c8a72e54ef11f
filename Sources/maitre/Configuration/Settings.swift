import Configuration
import Foundation

/// The whole configuration, read and checked once, when the process starts.
///
/// Sources, the first that has a value wins: command-line options, the environment (`MAITRE_…`), a JSON file.
struct Settings: Sendable {
    let http: HTTPSettings
    let database: DatabaseSettings
    let worker: WorkerSettings
    let meta: MetaSettings
    let secrets: SecretSettings
    let log: LogSettings
    let ingest: IngestSettings
    let limits: LimitSettings
    let smtp: SMTPSettings
    let events: EventSettings
    let realtime: RealtimeSettings

    init(_ reader: SettingsReader) {
        http = HTTPSettings(reader)
        database = DatabaseSettings(reader)
        worker = WorkerSettings(reader)
        meta = MetaSettings(reader)
        secrets = SecretSettings(reader)
        log = LogSettings(reader)
        ingest = IngestSettings(reader)
        limits = LimitSettings(reader)
        smtp = SMTPSettings(reader)
        events = EventSettings(reader)
        realtime = RealtimeSettings(reader)
    }

    /// Where the values come from, and which must be there.
    struct Sources: Sendable {
        /// By key, as in ``SettingDescription/key``; from command-line options, or from code (`maitre dev` knows its own database).
        var overrides: [String: ConfigContent] = [:]
        var environment: [String: String] = ProcessInfo.processInfo.environment
        /// A JSON file.
        var file: String?
        /// Keys of settings without a default that the caller needs.
        var requiring: [String] = []
    }

    /// Reads and checks everything.
    /// - Throws: ``SettingsError`` with every problem there is.
    static func load(_ sources: Sources) throws(SettingsError) -> (settings: Settings, warnings: [String]) {
        let file = if let path = sources.file { try SettingsFile(path: path).values } else { [String: ConfigContent]() }
        let problems = SettingsProblems(sources: ["the command line", "the environment", sources.file ?? "the file"])
        let reader = SettingsReader(
            reader: ConfigReader(
                providers: [
                    InMemoryProvider(name: "command line", sources.overrides),
                    EnvironmentVariablesProvider(environmentVariables: sources.environment).prefixKeys(with: "maitre"),
                    InMemoryProvider(name: "file", file),
                ],
                accessReporter: problems
            ),
            problems: problems
        )
        let settings = Settings(reader)
        let known = Set(reader.descriptions.map(\.key))
        for key in file.keys.sorted() where !known.contains(key) {
            problems.add("\(sources.file ?? "the file") has an unknown setting '\(key)'")
        }
        for key in sources.requiring where !reader.present.contains(key) && !problems.hasProblem(key) {
            problems.add(key, "is missing")
        }
        guard problems.problems.isEmpty else { throw SettingsError(problems: problems.problems) }
        return (settings, unknownVariables(sources.environment, reader.descriptions))
    }

    /// Every setting there is, in the order of this type.
    static var descriptions: [SettingDescription] {
        let problems = SettingsProblems(sources: [])
        let reader = SettingsReader(
            reader: ConfigReader(provider: InMemoryProvider(values: [:]), accessReporter: problems),
            problems: problems
        )
        _ = Settings(reader)
        return reader.descriptions
    }

    /// Names in the environment that look like ours and are not: a warning and no more, since orchestrators set such names too
    /// (`MAITRE_SERVICE_HOST` for a service called maitre).
    private static func unknownVariables(_ environment: [String: String], _ descriptions: [SettingDescription]) -> [String] {
        let known = Set(descriptions.map(\.environmentName)).union(toolVariables)
        return environment.keys.filter { $0.hasPrefix(SettingDescription.environmentPrefix) && !known.contains($0) }.sorted()
    }

    /// Variables of the scripts in `bin/`, and the one that names the file.
    static let toolVariables: Set<String> = [
        "MAITRE_CONFIG", "MAITRE_SCRATCH", "MAITRE_PROGRAM", "MAITRE_TEST_DATABASE_URL", "MAITRE_TEST_DIRECTORY",
    ]
}

extension InMemoryProvider {
    fileprivate init(name: String, _ values: [String: ConfigContent]) {
        let pairs = values.map { key, content in
            (AbsoluteConfigKey(key.split(separator: ".").map(String.init)), ConfigValue(content, isSecret: false))
        }
        self.init(name: name, values: Dictionary(pairs) { $1 })
    }
}

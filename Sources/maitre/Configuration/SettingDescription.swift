/// What there is to know about one setting; `docs/operating.md` has a row for each, which a test compares with these.
struct SettingDescription: Sendable, Equatable {
    /// Its place in a configuration file: `http.port` is `port` in the object `http`.
    let key: String
    /// Words for a person: `whole number, 1 to 500`.
    let type: String
    /// As it would be written in the environment; nil when there is none.
    let standard: String?
    let isSecret: Bool

    /// `http.metricsPort` → `MAITRE_HTTP_METRICS_PORT`.
    var environmentName: String { Self.environmentName(of: key) }

    static let environmentPrefix = "MAITRE_"

    static func environmentName(of key: String) -> String {
        var name = environmentPrefix
        for character in key {
            if character == "." {
                name.append("_")
            } else {
                if character.isUppercase { name.append("_") }
                name.append(character.uppercased())
            }
        }
        return name
    }
}

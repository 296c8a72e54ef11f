/// A setting without a default that only some commands need.
struct Required<Value: Sendable>: Sendable {
    let key: String
    /// The value, if there is one.
    let value: Value?

    /// The value, or the error that says which setting is missing.
    func get() throws(SettingsError) -> Value {
        guard let value else { throw SettingsError(problems: [Self.missing(key)]) }
        return value
    }

    static func missing(_ key: String) -> String {
        "\(SettingDescription.environmentName(of: key)) is missing"
    }
}

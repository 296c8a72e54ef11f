/// Everything that is wrong with the configuration, at once. Its description is one line and shows no values: they may be secrets.
struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// `EX_CONFIG` of `sysexits.h`.
    static let exitCode: Int32 = 78

    let problems: [String]

    var description: String { "configuration: " + problems.joined(separator: "; ") }
}

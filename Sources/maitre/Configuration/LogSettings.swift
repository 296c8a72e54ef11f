import Logging

/// What is logged, and how.
struct LogSettings: Sendable {
    enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line.
        case json
        /// For a person at a terminal.
        case text
    }

    let level: Logger.Level
    let format: Format

    init(_ reader: SettingsReader) {
        level = reader.choice("log.level", default: .info)
        format = reader.choice("log.format", default: .json)
    }
}

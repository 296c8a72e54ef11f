import Core
import Logging

/// A log handler that writes one line a record: JSON for machines, or text for a terminal.
///
/// Values are escaped and cleaned of credentials and telephone numbers (``LogRedaction``).
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogSettings.Format
    private let output: LogOutput

    init(label: String, settings: LogSettings, output: LogOutput, metadataProvider: Logger.MetadataProvider? = nil) {
        self.init(label: label, level: settings.level, format: settings.format, output: output)
        self.metadataProvider = metadataProvider
    }

    init(label: String, level: Logger.Level, format: LogSettings.Format, output: LogOutput) {
        self.label = label
        self.format = format
        self.output = output
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // The nearest to the call wins: the call's own, then the provider's, then the logger's.
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        let line = LogLine(
            format: format,
            time: .now,
            level: event.level,
            label: label,
            message: event.message.description,
            error: event.error,
            merged
        )
        output.write(line.bytes)
    }
}

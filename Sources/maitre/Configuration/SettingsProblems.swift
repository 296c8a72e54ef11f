import Configuration
import Synchronization

/// Collects what goes wrong while settings are read.
///
/// `ConfigReader` answers a value that it cannot convert with the default and says nothing (`MAITRE_HTTP_PORT=abc` would be 8080). It does
/// report every access, so this reporter keeps the failed ones.
final class SettingsProblems: AccessReporter {
    private struct State {
        var problems: [String] = []
        /// Keys that have a problem already: one line each is enough.
        var keys: Set<String> = []
    }

    private let state = Mutex(State())
    /// Where values come from, in the order of the reader's providers.
    private let sources: [String]

    init(sources: [String]) {
        self.sources = sources
    }

    var problems: [String] { state.withLock { $0.problems } }

    func hasProblem(_ key: String) -> Bool { state.withLock { $0.keys.contains(key) } }

    /// Adds a problem of a key, unless it has one.
    func add(_ key: String, _ problem: String) {
        state.withLock { state in
            guard state.keys.insert(key).inserted else { return }
            state.problems.append("\(SettingDescription.environmentName(of: key)) \(problem)")
        }
    }

    /// Adds a problem that belongs to no known setting.
    func add(_ problem: String) {
        state.withLock { $0.problems.append(problem) }
    }

    func report(_ event: AccessEvent) {
        let failed = event.providerResults.firstIndex { result in
            if case .failure = result.result { true } else { false }
        }
        guard failed != nil || event.conversionError != nil else { return }
        let source = failed.flatMap { sources.indices.contains($0) ? " (from \(sources[$0]))" : nil } ?? ""
        add(event.metadata.key.components.joined(separator: "."), "must be \(Self.name(event.metadata.valueType))\(source)")
    }

    private static func name(_ type: ConfigType) -> String {
        switch type {
        case .int: "a whole number"
        case .double: "a number"
        case .bool: "true or false"
        case .stringArray: "a list"
        default: "text"
        }
    }
}

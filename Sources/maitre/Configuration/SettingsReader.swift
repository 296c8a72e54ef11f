import Configuration
import Core

/// Reads settings and remembers what was asked for, so that the list of settings is the code that reads them.
///
/// A bad value never throws here: it is noted, the default stands in, and ``Settings/load(_:)`` fails at the end with all of them.
final class SettingsReader {
    private let reader: ConfigReader
    private let problems: SettingsProblems
    private(set) var descriptions: [SettingDescription] = []
    /// Keys that have a value in some source.
    private(set) var present: Set<String> = []

    init(reader: ConfigReader, problems: SettingsProblems) {
        self.reader = reader
        self.problems = problems
    }

    func int(_ key: String, default standard: Int, in range: ClosedRange<Int>) -> Int {
        describe(key, "whole number, \(range.lowerBound) to \(range.upperBound)", standard: String(standard))
        guard let value = reader.int(forKey: ConfigKey(key)) else { return standard }
        present.insert(key)
        guard range.contains(value) else {
            problems.add(key, "must be between \(range.lowerBound) and \(range.upperBound)")
            return standard
        }
        return value
    }

    func text(_ key: String, default standard: String) -> String {
        describe(key, "text", standard: standard)
        return value(key, isSecret: false) ?? standard
    }

    /// Text that may be absent. `accepts` says whether it is such text.
    func optionalText(_ key: String, type: String, _ accepts: (String) -> Bool) -> String? {
        describe(key, type, standard: "")
        guard let value = value(key, isSecret: false) else { return nil }
        guard accepts(value) else {
            problems.add(key, "must be a \(type)")
            return nil
        }
        return value
    }

    /// One of the cases of an enumeration, by its raw value.
    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) -> Choice
    where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        describe(key, names.joined(separator: ", "), standard: standard.rawValue)
        guard let value = value(key, isSecret: false) else { return standard }
        guard let choice = Choice(rawValue: value) else {
            problems.add(key, "must be one of \(names.joined(separator: ", "))")
            return standard
        }
        return choice
    }

    /// Names separated by commas; an array of strings in a file.
    func names(_ key: String) -> [String] {
        describe(key, "names separated by commas", standard: "")
        guard let values = reader.stringArray(forKey: ConfigKey(key)) else { return [] }
        present.insert(key)
        let names = values.map { String($0.trimmed) }
        if names.contains("") { problems.add(key, "must not have empty names") }
        return names
    }

    /// The same, made into something else; `make` answers nil when a name is wrong.
    func names<Value>(_ key: String, as what: String, _ make: ([String]) -> Value?) -> Value? {
        let names = names(key)
        guard let value = make(names) else {
            problems.add(key, "must be \(what)")
            return nil
        }
        return value
    }

    /// An absolute http or https URL, without a slash at its end.
    func webURL(_ key: String, default standard: String) -> String {
        describe(key, "http or https URL", standard: standard)
        guard let value = value(key, isSecret: false) else { return standard }
        guard value.hasPrefix("https://") || value.hasPrefix("http://"), !value.hasSuffix("/"), !value.contains(where: \.isWhitespace)
        else {
            problems.add(key, "must be an http or https URL without a slash at its end")
            return standard
        }
        return value
    }

    /// A secret that only some commands need. `parse` answers nil for what is not such a secret.
    func secret<Value: Sendable>(_ key: String, type: String, _ parse: (String) -> Value?) -> Required<Secret<Value>> {
        describe(key, type, standard: nil, isSecret: true)
        guard let text = value(key, isSecret: true) else { return Required(key: key, value: nil) }
        guard let value = parse(text) else {
            problems.add(key, "must be a \(type)")
            return Required(key: key, value: nil)
        }
        return Required(key: key, value: Secret(value))
    }

    /// Secrets separated by commas; an array of strings in a file. `parse` answers nil for what is not such a secret.
    func secrets<Value: Sendable>(_ key: String, type: String, _ parse: (String) -> Value?) -> [Secret<Value>] {
        describe(key, type, standard: nil, isSecret: true)
        guard let values = reader.stringArray(forKey: ConfigKey(key), isSecret: true) else { return [] }
        present.insert(key)
        let secrets = values.map { parse(String($0.trimmed)) }
        if secrets.contains(where: { $0 == nil }) { problems.add(key, "must be \(type)") }
        return secrets.compactMap { $0.map { Secret($0) } }
    }

    private func value(_ key: String, isSecret: Bool) -> String? {
        guard let value = reader.string(forKey: ConfigKey(key), isSecret: isSecret) else { return nil }
        present.insert(key)
        guard !value.trimmed.isEmpty else {
            problems.add(key, "must not be empty")
            return nil
        }
        return value
    }

    private func describe(_ key: String, _ type: String, standard: String?, isSecret: Bool = false) {
        descriptions.append(SettingDescription(key: key, type: type, standard: standard, isSecret: isSecret))
    }
}

extension StringProtocol {
    /// Without white space at either end.
    fileprivate var trimmed: SubSequence {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start[start.startIndex..<start.startIndex] }
        return start[...last]
    }
}

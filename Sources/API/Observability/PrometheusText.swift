/// Writes Prometheus' text format 0.0.4 (`prometheus/docs`, "Exposition formats").
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    mutating func family(_ name: String, _ kind: PrometheusKind, help: String?) {
        if let help { append("# HELP \(name) \(Self.escaped(help, quotes: false))\n") }
        append("# TYPE \(name) \(kind.exposed)\n")
    }

    /// `labels` is empty or as ``labels(_:)`` writes them.
    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        append("\(name)\(labels) \(Self.number(value))\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// A legal name, with the ending that its kind asks for.
    static func name(_ label: String, _ kind: PrometheusKind) -> String {
        let name = legal(label, colon: true)
        switch kind {
        case .counter where !name.hasSuffix("_total"): return "\(name)_total"
        case .timer where !name.hasSuffix("_seconds"): return "\(name)_seconds"
        default: return name
        }
    }

    /// `{a="1",b="2"}`, sorted by name; empty without labels. Of labels with the same name the first stays.
    static func labels(_ labels: [PrometheusLabel]) -> String {
        guard !labels.isEmpty else { return "" }
        var values: [String: String] = [:]
        for label in labels {
            var name = legal(label.name, colon: false)
            // `le` belongs to the buckets, names with two underscores in front to the server.
            if name == "le" || name.hasPrefix("__") { name = "label_\(name)" }
            if values[name] == nil { values[name] = label.value }
        }
        let pairs = values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    static func adding(_ label: String, to labels: String) -> String {
        labels.isEmpty ? "{\(label)}" : "\(labels.dropLast()),\(label)}"
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private static func legal(_ text: String, colon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(scalar)
            case ":" where colon: result.unicodeScalars.append(scalar)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append("\\\\")
            case "\n": result.append("\\n")
            case "\"" where quotes: result.append("\\\"")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Text from outside, made fit for the audit log.
enum AuditText {
    /// The first `limit` scalars of `text` without control characters, direction marks and line separators, and without tokens that somebody put where they do not
    /// belong; nil when nothing is left.
    static func cleaned(_ text: String, atMost limit: Int) -> String? {
        var kept = String.UnicodeScalarView()
        for scalar in withoutTokens(text).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: continue
            default: kept.append(scalar)
            }
            if kept.count == limit { break }
        }
        return kept.isEmpty ? nil : String(kept)
    }

    private static func withoutTokens(_ text: String) -> String {
        guard text.contains("mtr_") || text.contains("eyJ") else { return text }
        return text.replacing(/mtr_[a-z]+_[0-9A-Za-z]+|eyJ[\w-]+\.[\w-]+\.[\w-]+/) { token in
            token.output.hasPrefix("mtr_") ? "mtr_[redacted]" : "[redacted]"
        }
    }
}

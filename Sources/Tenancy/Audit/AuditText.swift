/// Text from outside, made fit for the audit log.
enum AuditText {
    /// The first `limit` scalars of `text` without control characters, direction marks and line separators; nil when nothing is left.
    static func cleaned(_ text: String, atMost limit: Int) -> String? {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: continue
            default: kept.append(scalar)
            }
            if kept.count == limit { break }
        }
        return kept.isEmpty ? nil : String(kept)
    }
}

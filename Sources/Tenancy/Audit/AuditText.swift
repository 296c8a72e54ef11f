/// Text from outside, made fit for the audit log.
enum AuditText {
    /// The first `limit` scalars of `text` without control characters, direction marks and line separators, and without tokens that somebody put where they do not
    /// belong; nil when nothing is left.
    ///
    /// Cleaned first, since what is taken out may have split a token; and only as much of it as could be kept, since a header field has 64 KiB.
    static func cleaned(_ text: String, atMost limit: Int) -> String? {
        var kept: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: continue
            default: kept.append(scalar)
            }
            if kept.count == 4 * limit { break }
        }
        let redacted = withoutTokens(kept).prefix(limit)
        return redacted.isEmpty ? nil : String(String.UnicodeScalarView(redacted))
    }

    /// `mtr_pat_…` and its like become `mtr_[redacted]`, access tokens (JWT) `[redacted]`.
    private static func withoutTokens(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var rest = text[...]
        while let first = rest.first {
            if let after = afterKey(rest) {
                result += Array("mtr_[redacted]".unicodeScalars)
                rest = after
            } else if let after = afterAccessToken(rest) {
                result += Array("[redacted]".unicodeScalars)
                rest = after
            } else {
                result.append(first)
                rest.removeFirst()
            }
        }
        return result
    }

    private static func afterKey(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar>? {
        guard text.starts(with: "mtr_".unicodeScalars) else { return nil }
        let kind = text.dropFirst(4).prefix { ("a"..."z").contains($0) }
        guard !kind.isEmpty, text.dropFirst(4 + kind.count).first == "_" else { return nil }
        let secret = text.dropFirst(5 + kind.count)
        let after = secret.drop { isAlphanumeric($0) }
        return after.count < secret.count ? after : nil
    }

    private static func afterAccessToken(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar>? {
        guard text.starts(with: "eyJ".unicodeScalars) else { return nil }
        var rest = text.dropFirst(3)
        for part in 1...3 {
            let after = rest.drop { isAlphanumeric($0) || $0 == "_" || $0 == "-" }
            guard after.count < rest.count else { return nil }
            rest = after
            guard part < 3 else { break }
            guard rest.first == "." else { return nil }
            rest.removeFirst()
        }
        return rest
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}

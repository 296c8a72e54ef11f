extension FieldRule<String> {
    /// The same, of strings that match `pattern` as a whole; `invalid_format` with `message` for others.
    func matching<Output>(_ pattern: Regex<Output>, _ message: String) -> FieldRule {
        map(standIn: "", message) { $0.wholeMatch(of: pattern) == nil ? nil : $0 }
    }
}

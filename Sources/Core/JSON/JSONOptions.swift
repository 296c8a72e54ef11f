/// How forgiving a parser is about what RFC 8259 leaves open.
public struct JSONOptions: Sendable, Equatable {
    /// Two members of one object with the same name are an error.
    public var refusesDuplicateKeys: Bool
    /// `\ud83c` without its other half is an error.
    public var refusesLoneSurrogates: Bool

    public init(refusesDuplicateKeys: Bool, refusesLoneSurrogates: Bool) {
        self.refusesDuplicateKeys = refusesDuplicateKeys
        self.refusesLoneSurrogates = refusesLoneSurrogates
    }

    /// Bodies of our own API: what can be read in two ways is refused. `JSONElement.containsNUL` reports `\u0000`.
    public static let strict = JSONOptions(refusesDuplicateKeys: true, refusesLoneSurrogates: true)

    /// Payloads of providers, which must not be lost over a detail: the last of duplicate members counts, and what PostgreSQL could not store
    /// (lone surrogates, NUL) is decoded as U+FFFD. The raw bytes stay as they came.
    public static let lenient = JSONOptions(refusesDuplicateKeys: false, refusesLoneSurrogates: false)
}

/// The version of this program, its API document and its provider calls.
public enum MaitreVersion {
    /// Semantic Versioning.
    public static let current = "0.1.0"
}

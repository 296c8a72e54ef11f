/// How webhooks are gathered into commits.
public struct IngestConfiguration: Sendable {
    /// Updates in one commit.
    public var maxRows: Int
    /// Bytes of payload in one commit.
    public var maxBytes: Int
    /// Updates that may wait for a commit; beyond, a webhook is refused, and its provider sends it again.
    public var maxWaiting: Int

    public init(maxRows: Int = 200, maxBytes: Int = 4 << 20, maxWaiting: Int = 20_000) {
        self.maxRows = maxRows
        self.maxBytes = maxBytes
        self.maxWaiting = maxWaiting
    }
}

/// The micro-batches that incoming webhooks are stored in.
struct IngestSettings: Sendable {
    /// The longest that a webhook waits for others to share its commit.
    let flushInterval: Duration
    /// Rows of one batch.
    let batchRows: Int
    /// Bytes of one batch's payloads.
    let batchBytes: Int

    init(_ reader: SettingsReader) {
        flushInterval = .milliseconds(reader.int("ingest.flushMilliseconds", default: 5, in: 0...1000))
        batchRows = reader.int("ingest.batchRows", default: 200, in: 1...10_000)
        batchBytes = reader.int("ingest.batchBytes", default: 4_194_304, in: 65_536...67_108_864)
    }
}

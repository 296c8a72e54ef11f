/// The micro-batches that incoming webhooks are stored in.
struct IngestSettings: Sendable {
    /// Rows of one batch.
    let batchRows: Int
    /// Bytes of one batch's payloads.
    let batchBytes: Int

    init(_ reader: SettingsReader) {
        batchRows = reader.int("ingest.batchRows", default: 200, in: 1...10_000)
        batchBytes = reader.int("ingest.batchBytes", default: 4_194_304, in: 65_536...67_108_864)
    }
}

/// What `work` does.
struct WorkerSettings: Sendable {
    /// Queues to work on; empty means all.
    let queues: [String]
    /// Jobs at once, over all queues of the process.
    let concurrency: Int

    init(_ reader: SettingsReader) {
        queues = reader.names("worker.queues")
        concurrency = reader.int("worker.concurrency", default: 32, in: 1...1000)
    }
}

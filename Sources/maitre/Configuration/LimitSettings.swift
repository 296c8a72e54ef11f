/// What one request, or the end of the process, may take.
struct LimitSettings: Sendable {
    /// Body of a provider's webhook; Meta sends at most 3 MB.
    let webhookBytes: Int
    /// Body of any other request.
    let bodyBytes: Int
    /// Open connections; further ones wait in the kernel.
    let connections: Int
    /// How long requests and jobs in flight may take to finish when the process is told to stop.
    let shutdown: Duration

    init(_ reader: SettingsReader) {
        webhookBytes = reader.int("limits.webhookBytes", default: 3_145_728, in: 1024...67_108_864)
        bodyBytes = reader.int("limits.bodyBytes", default: 1_048_576, in: 1024...67_108_864)
        connections = reader.int("limits.connections", default: 10_000, in: 1...1_000_000)
        shutdown = .seconds(reader.int("limits.shutdownSeconds", default: 25, in: 1...600))
    }
}

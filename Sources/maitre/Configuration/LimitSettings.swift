import Tenancy

/// What the process, or its end, may take.
struct LimitSettings: Sendable {
    /// Open connections; further ones wait in the kernel.
    let connections: Int
    /// Of one address; 0 for no limit.
    let connectionsPerAddress: Int
    /// How long requests and jobs in flight may take to finish when the process is told to stop.
    let shutdown: Duration
    /// Requests in a minute.
    let rates: RateLimits

    init(_ reader: SettingsReader) {
        connections = reader.int("limits.connections", default: 10_000, in: 1...1_000_000)
        connectionsPerAddress = reader.int("limits.connectionsPerAddress", default: 256, in: 0...1_000_000)
        shutdown = .seconds(reader.int("limits.shutdownSeconds", default: 25, in: 1...600))
        rates = RateLimits(
            credential: reader.int("limits.credentialRequestsPerMinute", default: 1200, in: 0...10_000_000),
            merchant: reader.int("limits.merchantRequestsPerMinute", default: 6000, in: 0...10_000_000),
            address: reader.int("limits.addressRequestsPerMinute", default: 6000, in: 0...10_000_000)
        )
    }
}

/// What is told to restaurants' webhook endpoints, and where these may be.
struct WebhookSettings: Sendable {
    /// Ports of https that may be called; empty for 443 and 8443.
    let ports: Set<Int>
    /// Whether this machine itself may be called.
    let allowsLoopback: Bool
    /// From the request to the whole answer.
    let timeout: Duration
    /// Deliveries at once in one process, and the same again to endpoints that are slow.
    let concurrency: Int

    init(_ reader: SettingsReader) {
        ports =
            reader.names("webhooks.ports", as: "numbers of ports") { names in
                let ports = names.compactMap { Int($0) }.filter { (1...65_535).contains($0) }
                return ports.count == names.count ? Set(ports) : nil
            } ?? []
        allowsLoopback = reader.choice("webhooks.destinations", default: Destinations.public) == .loopback
        timeout = .seconds(reader.int("webhooks.timeoutSeconds", default: 15, in: 1...30))
        concurrency = reader.int("webhooks.concurrency", default: 64, in: 1...1000)
    }

    /// Where endpoints may be.
    private enum Destinations: String, CaseIterable {
        /// On the public Internet, by https.
        case `public`
        /// On this machine too, and there without TLS; for development.
        case loopback
    }
}

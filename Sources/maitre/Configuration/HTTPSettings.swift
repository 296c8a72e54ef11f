/// Where `serve` listens.
struct HTTPSettings: Sendable {
    let host: String
    /// 0 chooses a free port.
    let port: Int
    /// Prometheus metrics have a port of their own, which need not be reachable from outside; 0 chooses a free one.
    let metricsPort: Int

    init(_ reader: SettingsReader) {
        host = reader.text("http.host", default: "127.0.0.1")
        port = reader.int("http.port", default: 8080, in: 0...65_535)
        metricsPort = reader.int("http.metricsPort", default: 9464, in: 0...65_535)
    }
}

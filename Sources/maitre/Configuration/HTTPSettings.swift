import API

/// Where `serve` listens.
struct HTTPSettings: Sendable {
    let host: String
    /// 0 chooses a free port.
    let port: Int
    /// Prometheus metrics have a port of their own, which need not be reachable from outside; 0 chooses a free one.
    let metricsPort: Int
    /// Where people reach this installation.
    let publicURL: String
    /// Origins of dashboards on other hosts, which may use the API from a browser.
    let origins: [String]
    /// Proxies in front of `serve`: their `X-Forwarded-For` says where a request comes from.
    let proxies: TrustedProxies

    init(_ reader: SettingsReader) {
        host = reader.text("http.host", default: "127.0.0.1")
        port = reader.int("http.port", default: 8080, in: 0...65_535)
        metricsPort = reader.int("http.metricsPort", default: 9464, in: 0...65_535)
        publicURL = reader.webURL("http.publicUrl", default: "http://localhost:8080")
        origins = reader.names("http.origins")
        proxies =
            reader.names("http.trustedProxies", as: "addresses or networks such as 10.0.0.0/8") { TrustedProxies($0) } ?? TrustedProxies()
    }
}

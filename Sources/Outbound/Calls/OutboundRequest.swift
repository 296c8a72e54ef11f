/// A POST to an address that somebody else named.
public struct OutboundRequest: Sendable {
    public let url: OutboundURL
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// - Parameter headers: fields besides those that belong to the connection. Nil when one of them is such a field, or could be read as more than one.
    public init?(url: OutboundURL, headers: [(name: String, value: String)], body: [UInt8]) {
        guard headers.allSatisfy(Self.isHarmless) else { return nil }
        self.url = url
        self.headers = headers
        self.body = body
    }

    private static let ours: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-authorization",
        "proxy-connection",
    ]

    private static func isHarmless(_ field: (name: String, value: String)) -> Bool {
        !field.name.isEmpty && !ours.contains(field.name.lowercased())
            && field.name.utf8.allSatisfy { (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f }
            && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
    }
}

/// What came back, whatever its status.
public struct OutboundAnswer: Sendable {
    public let status: Int
    /// Of the header field `Retry-After`.
    public let retryAfter: String?
    /// The beginning of the body.
    public let body: [UInt8]

    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }
}

/// Why there is no answer. The word is for logs and metrics; whoever named the address is told only whether somebody was reached (security-tests F10).
public enum OutboundFailure: String, Error, Sendable, CaseIterable {
    /// The policy does not let us call it.
    case blocked
    /// The name has no address.
    case unresolved
    /// Nobody accepts a connection there.
    case notConnected = "not_connected"
    /// TLS failed: no certificate that we trust for that name.
    case notTrusted = "not_trusted"
    /// No complete answer in time.
    case timedOut = "timed_out"
    /// The connection ended before the answer did.
    case connectionLost = "connection_lost"
    /// The answer is not HTTP.
    case unreadable
    /// We stopped.
    case cancelled
}

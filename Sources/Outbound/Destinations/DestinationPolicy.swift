/// Where we call when somebody else named the address: https, certain ports, hosts of the public Internet only.
///
/// Asked twice. `check` looks at the text when it is saved, for whoever typed it. What protects us is `permits`, asked for every address that a name has at
/// the moment of a call, which then goes to an address that was asked about and to no other.
public struct DestinationPolicy: Sendable {
    /// Of https.
    public var ports: Set<Int> = [443, 8443]
    /// For development: http and https to this machine, on any port. Everything else stays as it is.
    public var allowsLoopback = false
    /// Hosts and ports that are this installation: calling them would be a loop.
    public var ourselves: Set<String> = []
    /// Addresses that count as public in tests.
    var publicInTests: Set<IPAddress> = []

    public init(ports: Set<Int> = [443, 8443], allowsLoopback: Bool = false, ourselves: Set<String> = []) {
        self.ports = ports
        self.allowsLoopback = allowsLoopback
        self.ourselves = ourselves
    }

    /// What can be said of an address without resolving its name.
    public func check(_ url: OutboundURL) throws(DestinationError) {
        guard !ourselves.contains(url.authority) else { throw .ourselves }
        switch url.host {
        case .address(let address):
            if allowsLoopback, address.isLoopback { return }
            guard url.scheme == .https else { throw .scheme }
            guard permits(address) else { throw .notPublic }
        case .name(let name):
            if allowsLoopback, Self.isLocalhost(name) { return }
            guard url.scheme == .https else { throw .scheme }
            guard Self.canBePublic(name) else { throw .notPublic }
        }
        guard ports.contains(url.port) else { throw .port }
    }

    /// Whether the answers of a resolver may be called: all of them, or none.
    public func check(_ addresses: [IPAddress], of url: OutboundURL) throws(DestinationError) {
        guard !addresses.isEmpty else { throw .unresolved }
        if allowsLoopback, addresses.allSatisfy(\.isLoopback) { return }
        guard url.scheme == .https else { throw .scheme }
        guard addresses.allSatisfy(permits) else { throw .notPublic }
        guard ports.contains(url.port) else { throw .port }
    }

    private func permits(_ address: IPAddress) -> Bool { address.isPublic || publicInTests.contains(address) }

    private static func isLocalhost(_ name: String) -> Bool { name == "localhost" || name.hasSuffix(".localhost") }

    /// Names that lead nowhere in public, whatever a resolver says: those without a dot, and those of domains that are set apart for private use
    /// (RFC 6761, 6762, 7686, 8375, 9476; ICANN's `internal`).
    private static func canBePublic(_ name: String) -> Bool {
        let labels = name.split(separator: ".")
        guard labels.count > 1, let last = labels.last else { return false }
        return !privateDomains.contains(String(last))
    }

    private static let privateDomains: Set<String> = [
        "alt", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost", "onion", "private", "arpa",
    ]
}

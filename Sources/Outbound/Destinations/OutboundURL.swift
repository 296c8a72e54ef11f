/// An address that somebody typed and that we shall call: taken apart by rules that leave nothing to interpretation, so that what is checked is what is
/// called. Stricter than any URL library: whatever two programs could read differently is refused.
public struct OutboundURL: Sendable, Hashable, CustomStringConvertible {
    public enum Scheme: String, Sendable {
        case https
        case http

        var standardPort: Int { self == .https ? 443 : 80 }
    }

    public enum Host: Sendable, Hashable {
        /// In lower case, at least one letter in the last label, no final dot.
        case name(String)
        case address(IPAddress)
    }

    public let scheme: Scheme
    public let host: Host
    public let port: Int
    /// With the query; begins with a slash.
    public let path: String

    /// - Throws: why not.
    public init(_ text: String) throws(DestinationError) {
        guard (1...2048).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            // Backslashes are slashes to browsers; a fragment is for nobody who is called; the rest has to be escaped in every URL.
            !text.utf8.contains(where: { "\\#\"<>^`{|}".utf8.contains($0) })
        else { throw .malformed }
        guard let mark = text.firstRange(of: "://"), let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
            throw .scheme
        }
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw .userInformation }
        let (host, port) = try Self.split(authority)
        self.scheme = scheme
        self.host = try Self.host(host)
        self.port = port ?? scheme.standardPort
        let path = rest[authority.endIndex...]
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        guard Self.isEscaped(self.path) else { throw .malformed }
    }

    /// As it stands in `Host`, without a port.
    public var hostText: String {
        switch host {
        case .name(let name): name
        case .address(let address): address.isIPv6 ? "[\(address)]" : "\(address)"
        }
    }

    /// Host and port, the latter unless it is the scheme's own.
    public var authority: String { port == scheme.standardPort ? hostText : "\(hostText):\(port)" }

    public var description: String { "\(scheme.rawValue)://\(authority)\(path)" }

    private static func split(_ authority: Substring) throws(DestinationError) -> (host: Substring, port: Int?) {
        let afterHost =
            authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        guard let afterHost else {
            if authority.hasPrefix("[") { throw .malformed }
            return (authority, nil)
        }
        let host = authority[..<afterHost]
        let rest = authority[afterHost...]
        if rest.isEmpty { return (host, nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.count), digits.first != "0", digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = Int(digits), port <= 65_535
        else { throw .malformed }
        return (host, port)
    }

    private static func host(_ text: Substring) throws(DestinationError) -> Host {
        if text.hasPrefix("[") {
            guard let address = IPAddress(text.dropFirst().dropLast()), address.isIPv6 else { throw .malformed }
            return .address(address)
        }
        let name = text.lowercased()
        if let address = IPAddress(name), !address.isIPv6 { return .address(address) }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(isLabel) else { throw .malformed }
        // What ends in a number is an IPv4 address to browsers and to some resolvers: 127.1, 0177.0.0.1, 0x7f.1, 2130706433.
        guard let last = labels.last, !isNumber(last) else { throw .malformed }
        return .name(name)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f }
    }

    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy { (0x30...0x39).contains($0) } || (label.hasPrefix("0x") && label.dropFirst(2).allSatisfy(\.isHexDigit))
    }

    /// Whether every `%` begins an escape.
    private static func isEscaped(_ path: String) -> Bool {
        path.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy {
            $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy(\.isHexDigit)
        }
    }
}

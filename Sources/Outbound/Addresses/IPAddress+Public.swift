extension IPAddress {
    /// Whether it is an address of the public Internet that one host there has for itself. Everything else would lead into a network that only we can
    /// reach, to many hosts at once, or, where an IPv4 address hides in it, past this very question.
    ///
    /// By IANA's registries of special-purpose addresses, and stricter: what is written as IPv6 and means IPv4 is refused whatever it means.
    public var isPublic: Bool {
        isIPv6
            ? Self.global.contains { $0.contains(self) } && !Self.special6.contains { $0.contains(self) }
            : !Self.special4.contains { $0.contains(self) }
    }

    /// Whether it is this very machine: 127.0.0.0/8 or ::1.
    public var isLoopback: Bool { isIPv6 ? bytes == Array(repeating: 0, count: 15) + [1] : bytes.first == 127 }

    private static let special4 = blocks([
        "0.0.0.0/8",  // this network
        "10.0.0.0/8",  // private
        "100.64.0.0/10",  // shared between a provider and its customers
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local, with the metadata services of clouds
        "172.16.0.0/12",  // private
        "192.0.0.0/24",  // protocol assignments
        "192.0.2.0/24",  // documentation
        "192.31.196.0/24",  // AS112
        "192.52.193.0/24",  // multicast tunnels
        "192.88.99.0/24",  // 6to4 relays
        "192.168.0.0/16",  // private
        "192.175.48.0/24",  // AS112
        "198.18.0.0/15",  // benchmarks
        "198.51.100.0/24",  // documentation
        "203.0.113.0/24",  // documentation
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved, broadcast
    ])

    /// The only part of IPv6 that is given out. Loopback, unspecified, IPv4-mapped (::ffff:0:0/96), IPv4-compatible and -translated, NAT64 (64:ff9b::/96 and
    /// 64:ff9b:1::/48), discard (100::/64), unique-local (fc00::/7), link-local (fe80::/10), site-local and multicast are outside of it.
    private static let global = blocks(["2000::/3"])

    private static let special6 = blocks([
        "2001::/23",  // protocol assignments: Teredo (2001::/32), benchmarks, ORCHID, AS112
        "2001:db8::/32",  // documentation
        "2002::/16",  // 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  // AS112
        "3fff::/20",  // documentation
        "5f00::/16",  // segment routing (SRv6); outside of 2000::/3, named so that nobody widens that unawares
    ])

    private static func blocks(_ texts: [String]) -> [AddressBlock] { texts.compactMap { AddressBlock($0) } }
}

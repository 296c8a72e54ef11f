import Crypto
import Foundation

extension Actor {
    /// What one browser on one line has and another hardly has. Of an IPv6 address the network alone: the rest changes by itself.
    var fingerprint: [UInt8] { Array(SHA256.hash(data: Data("\(network)|\(userAgent ?? "")".utf8))) }

    /// The address as far as one client owns it: of IPv6, the network of 64 bits.
    var network: String { Self.network(of: address) }

    static func network(of address: String?) -> String {
        guard let address else { return "" }
        guard address.contains(":"), !address.contains(".") else { return address }
        // `::` stands for as many zeros as are missing.
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false).map { $0.split(separator: ":") }
        var groups = halves[0].map(String.init)
        if halves.count == 2 {
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - halves[1].count)) + halves[1].map(String.init)
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}

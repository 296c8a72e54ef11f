import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The proxies whose word about the client's address counts (`X-Forwarded-For`; `api.md` 4, rule 6). Anybody else's is ignored.
public struct TrustedProxies: Sendable {
    private struct Network: Sendable {
        let bytes: [UInt8]
        let bits: Int

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            for index in 0..<bits where (address[index / 8] ^ bytes[index / 8]) & (0x80 >> UInt8(index % 8)) != 0 { return false }
            return true
        }
    }

    private let networks: [Network]

    /// Nobody is trusted.
    public init() {
        networks = []
    }

    /// - Parameter names: addresses, or networks as `10.0.0.0/8`. Nil when one of them is neither.
    public init?(_ names: [String]) {
        var networks: [Network] = []
        for name in names {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count <= 2, let bytes = Self.bytes(of: parts[0]), let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8,
                (0...bytes.count * 8).contains(bits)
            else { return nil }
            networks.append(Network(bytes: bytes, bits: bits))
        }
        self.networks = networks
    }

    /// Who made the request: the peer, or what trusted proxies say, read from the nearest on until one that is not trusted.
    func client(of peer: SocketAddress?, _ headers: HTTPFields) -> SocketAddress? {
        guard !networks.isEmpty, var client = peer, isTrusted(client) else { return peer }
        let hops = headers[values: .forwardedFor].flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            let text = hop.drop { $0 == " " }.prefix { $0 != " " }
            guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { break }
            client = address
            if !isTrusted(address) { break }
        }
        return client
    }

    func isTrusted(_ address: SocketAddress) -> Bool {
        guard !networks.isEmpty, let text = address.ipAddress, let bytes = Self.bytes(of: text) else { return false }
        return networks.contains { $0.contains(bytes) }
    }

    /// 4 or 16 bytes; an IPv4 address in IPv6's clothes is one of IPv4.
    private static func bytes(of text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4(let address): return withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return isMapped ? Array(bytes[12...]) : bytes
        case .unixDomainSocket: return nil
        }
    }
}

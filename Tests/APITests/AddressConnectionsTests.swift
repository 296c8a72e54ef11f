import Metrics
import NIOCore
import Tenancy
import Testing

@testable import API

@Suite("Connections of an address")
struct AddressConnectionsTests {
    private func admitted(_ addresses: AddressConnections, _ address: String) throws -> Bool {
        addresses.admit(try SocketAddress(ipAddress: address, port: 1)) != .refused
    }

    @Test("R5: addresses are counted apart, a network of IPv6 as one client, and refusals are told")
    func networks() throws {
        let registry = PrometheusRegistry()
        let addresses = AddressConnections(limit: 2, metrics: registry)
        #expect(try admitted(addresses, "10.0.0.1") && admitted(addresses, "10.0.0.1"))
        #expect(try !admitted(addresses, "10.0.0.1"))
        #expect(try admitted(addresses, "10.0.0.2"))
        #expect(try admitted(addresses, "2001:db8:0:1::1") && admitted(addresses, "2001:db8:0:1:ffff::2"))
        #expect(try !admitted(addresses, "2001:db8:0:1::3"))
        #expect(try admitted(addresses, "2001:db8:0:2::1"))
        #expect(String(decoding: registry.render(), as: UTF8.self).contains("maitre_connections_refused_total 2"))
    }

    @Test("R5: what has ended is counted no more, what was refused never was, and nothing is kept of who left")
    func release() throws {
        let addresses = AddressConnections(limit: 2)
        let peer = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        let network = RateSubject.network(of: "10.0.0.1")
        #expect(addresses.admit(peer) == .counted(network))
        #expect(addresses.admit(peer) == .counted(network))
        for _ in 0..<5 { #expect(addresses.admit(peer) == .refused) }
        #expect(addresses.counts == [network: 2])
        addresses.release(network)
        #expect(addresses.admit(peer) == .counted(network))
        #expect(addresses.admit(peer) == .refused)
        addresses.release(network)
        addresses.release(network)
        #expect(addresses.counts.isEmpty)
    }

    @Test("R5: a proxy that is named stands for all its clients and is not limited; others still are")
    func proxies() throws {
        let addresses = AddressConnections(limit: 1, proxies: try #require(TrustedProxies(["10.0.0.0/24", "::1"])))
        for _ in 0..<10 { #expect(try admitted(addresses, "10.0.0.7") && admitted(addresses, "::1")) }
        #expect(try admitted(addresses, "10.0.1.7"))
        #expect(try !admitted(addresses, "10.0.1.7"))
        // A socket of this machine's file system has no address to be counted by.
        #expect(addresses.admit(try SocketAddress(unixDomainSocketPath: "/socket")) == .free)
        #expect(addresses.admit(nil) == .free)
    }
}

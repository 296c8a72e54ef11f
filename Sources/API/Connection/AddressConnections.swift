import Metrics
import NIOCore
import Synchronization
import Tenancy

/// How many connections each address has open, so that one client cannot take all that there are for everybody (R5).
///
/// An address is counted as far as one client owns it: of IPv6, the network of 64 bits. The named proxies are not counted: all their clients have their address.
public final class AddressConnections: Sendable {
    private let limit: Int
    private let proxies: TrustedProxies
    private let open = Mutex<[RateSubject: Int]>([:])
    private let refusals: Counter

    /// - Parameters:
    ///   - limit: connections of one address, at least 1.
    ///   - proxies: those in front of the server.
    public init(limit: Int, proxies: TrustedProxies = TrustedProxies(), metrics: any MetricsFactory = MetricsSystem.factory) {
        self.limit = limit
        self.proxies = proxies
        refusals = Counter(label: "maitre_connections_refused_total", factory: metrics)
    }

    enum Admission: Equatable {
        /// Let in and not counted.
        case free
        /// Let in; `release` has to be called once, when the connection has ended.
        case counted(RateSubject)
        case refused
    }

    func admit(_ peer: SocketAddress?) -> Admission {
        guard let address = peer?.ipAddress, let peer, !proxies.isTrusted(peer) else { return .free }
        let network = RateSubject.network(of: address)
        let isAdmitted = open.withLock { open in
            let count = open[network, default: 0]
            guard count < limit else { return false }
            open[network] = count + 1
            return true
        }
        guard isAdmitted else {
            refusals.increment()
            return .refused
        }
        return .counted(network)
    }

    func release(_ network: RateSubject) {
        open.withLock { open in
            let count = open[network, default: 0]
            open[network] = count > 1 ? count - 1 : nil
        }
    }

    /// Addresses that have a connection, with how many.
    var counts: [RateSubject: Int] { open.withLock { $0 } }
}

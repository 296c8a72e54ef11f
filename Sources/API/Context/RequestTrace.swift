import Core
import NIOCore
import Synchronization
import Tenancy

/// What the access log prints about one request, filled by whoever learns it.
///
/// Contexts are values, so an outer middleware never sees what an inner one set; this box is the one thing they share.
public final class RequestTrace: Sendable {
    struct State: Sendable {
        var requestID = ""
        var principal: Principal?
        var merchant: MerchantID?
        var problem: ProblemCode?
        var address: SocketAddress?
        var userAgent: String?
        var rates: [RateDecision] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Empty until the request id middleware ran.
    public var requestID: String {
        get { state.withLock { $0.requestID } }
        set { state.withLock { $0.requestID = newValue } }
    }

    public func record(_ principal: Principal) {
        state.withLock {
            $0.principal = principal
            $0.merchant = principal.merchant
        }
    }

    /// For requests without a principal that turn out to belong to a merchant, such as a provider's webhook.
    public func record(merchant: MerchantID) {
        state.withLock { $0.merchant = merchant }
    }

    /// Where the request came from, for the audit log. Kept as it is: most requests need no text of it.
    func record(address: SocketAddress?, userAgent: String?) {
        state.withLock {
            $0.address = address
            $0.userAgent = userAgent
        }
    }

    /// What limits say of this request.
    func add(_ rate: RateDecision) {
        state.withLock { $0.rates.append(rate) }
    }

    var rates: [RateDecision] { state.withLock { $0.rates } }

    /// Whose request it is, as far as it is known.
    var merchant: MerchantID? { state.withLock { $0.merchant } }

    func record(_ problem: ProblemCode) {
        state.withLock { $0.problem = problem }
    }

    var snapshot: State { state.withLock { $0 } }
}

import Core
import Hummingbird
import Logging
import NIOCore
import Tenancy

/// The context of requests that become a WebSocket: as `MerchantContext`, with what outlives the request.
public struct SocketContext: GuardedRequestContext {
    public static let callers = Callers.merchant

    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal
    public let merchant: MerchantID
    /// What the credential is known by later.
    public let credential: StandingCredential
    public let channel: any Channel

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal, let credential = context.standing else { throw Problem(.credentialRequired) }
        guard let merchant = principal.merchant else {
            throw Problem(.restaurantRequired, detail: "Name the restaurant in X-Restaurant-Id.")
        }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        channel = context.channel
        self.principal = principal
        self.merchant = merchant
        self.credential = credential
        logger[metadataKey: "merchantId"] = .stringConvertible(merchant)
    }
}

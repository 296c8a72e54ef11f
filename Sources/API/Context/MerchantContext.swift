import Core
import Hummingbird
import Logging
import Tenancy

/// The context of routes that act on one merchant. A handler that needs a merchant cannot be reached without one.
public struct MerchantContext: GuardedRequestContext {
    public static let callers = Callers.merchant

    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal
    public let merchant: MerchantID

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        guard let merchant = principal.merchant else {
            throw Problem(.restaurantRequired, detail: "Name the restaurant in X-Restaurant-Id.")
        }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        self.principal = principal
        self.merchant = merchant
        logger[metadataKey: "merchantId"] = .stringConvertible(merchant)
    }
}

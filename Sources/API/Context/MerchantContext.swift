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

    public func require(_ access: Access) throws {
        if let oneself = access.oneself, case .person(let person) = principal.kind, try id(oneself) == person {
            try principal.require(scope: access.scope, role: .agent)
        } else {
            try principal.require(scope: access.scope, role: access.role)
        }
        guard !access.needsLogin || principal.session != nil || principal.isPlatform else {
            throw Problem(.forbidden, detail: "Log in to do this; a key or token may not.")
        }
    }
}

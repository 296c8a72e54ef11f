import Core
import Hummingbird
import Logging
import Tenancy

/// The context of routes that act on one merchant. A handler that needs a merchant cannot be reached without one.
public struct MerchantContext: ChildRequestContext, APIRequestContext {
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

    /// Lets through a credential that has `scope` and, for a person, at least `role`; 403 `forbidden` otherwise.
    public func require(scope: String, role: Role = .agent) throws {
        try principal.require(scope: scope, role: role)
    }

    /// Lets through somebody who is logged in, or the platform: a key or token must not hand out more than it has itself.
    ///
    /// - Throws: `Problem` 403.
    public func requireSessionOrPlatform() throws {
        guard principal.session != nil || principal.isPlatform else {
            throw Problem(.forbidden, detail: "Log in to do this; a key or token may not.")
        }
    }
}

import Core
import Hummingbird
import Logging
import Tenancy

/// The context of routes that both a restaurant and the platform may ask, each with its own answer.
public struct CallerContext: ChildRequestContext, PrincipalRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        self.principal = principal
        if let merchant = principal.merchant { logger[metadataKey: "merchantId"] = .stringConvertible(merchant) }
    }

    /// Lets through a credential that has `scope` and, for a person, at least `role`; 403 `forbidden` otherwise.
    public func require(scope: String, role: Role = .agent) throws {
        try principal.require(scope: scope, role: role)
    }

    /// The merchant that was selected.
    ///
    /// - Throws: `Problem` 400 `restaurant_required`.
    public func requireMerchant() throws -> MerchantID {
        guard let merchant = principal.merchant else {
            throw Problem(.restaurantRequired, detail: "Name the restaurant in X-Restaurant-Id.")
        }
        return merchant
    }
}

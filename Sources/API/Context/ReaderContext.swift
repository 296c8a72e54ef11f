import Core
import Hummingbird
import Logging
import Tenancy

/// The context of routes that show one merchant its own and the platform everybody's: whoever acts for the platform and selects no restaurant reads all of them, any
/// other credential its restaurant.
public struct ReaderContext: GuardedRequestContext {
    public static let callers = Callers.reader

    public enum Reach: Sendable, Equatable {
        case platform
        case merchant(MerchantID)
    }

    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal
    public let reach: Reach

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        if let merchant = principal.merchant {
            reach = .merchant(merchant)
        } else if principal.isPlatform {
            reach = .platform
        } else {
            throw Problem(.restaurantRequired, detail: "Name the restaurant in X-Restaurant-Id.")
        }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        self.principal = principal
        if case .merchant(let merchant) = reach { logger[metadataKey: "merchantId"] = .stringConvertible(merchant) }
    }

    public var scopeInstead: String? { reach == .platform ? Scope.admin : nil }
}

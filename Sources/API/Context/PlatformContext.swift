import Core
import Hummingbird
import Tenancy

/// The context of routes for whoever runs the installation: a platform key, or a person who administers it.
public struct PlatformContext: GuardedRequestContext {
    public static let callers = Callers.platform

    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        guard principal.isPlatform else { throw Problem(.forbidden, detail: "Only a platform key or administrator may do this.") }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        self.principal = principal
    }
}

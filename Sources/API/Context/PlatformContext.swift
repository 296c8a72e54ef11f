import Core
import Hummingbird
import Tenancy

/// The context of routes for whoever runs the installation: a platform key, or a person who administers it.
public struct PlatformContext: ChildRequestContext, APIRequestContext {
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

    /// Lets through a key that has `scope`; 403 `forbidden` otherwise.
    public func require(scope: String) throws {
        try principal.require(scope: scope, role: .agent)
    }
}

extension Principal {
    /// Whether it acts for the installation.
    var isPlatform: Bool { kind == .platformKey || isPlatformAdmin }

    /// A platform key or administrator with `admin` may do everything.
    func require(scope: String, role least: Role) throws {
        if isPlatform, scopes.contains(Scope.admin) { return }
        guard scopes.contains(scope) else { throw Problem(.forbidden, detail: "The credential lacks the scope \(scope).") }
        if let role, role < least { throw Problem(.forbidden, detail: "This needs the role \(least.rawValue) or above.") }
    }
}

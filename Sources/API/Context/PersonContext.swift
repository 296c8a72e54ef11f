import Core
import Hummingbird
import Logging
import Tenancy

/// The context of routes for a person's own things. Only a person's credential gets here, with or without a restaurant.
public struct PersonContext: GuardedRequestContext {
    public static let callers = Callers.person

    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let bodyRules: BodyRules
    public let principal: Principal
    public let person: PersonID

    public init(context: AppRequestContext) throws {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        guard case .person(let person) = principal.kind else { throw Problem(.forbidden, detail: "Only a person may do this.") }
        coreContext = context.coreContext
        trace = context.trace
        bodyRules = context.bodyRules
        self.principal = principal
        self.person = person
        if let merchant = principal.merchant { logger[metadataKey: "merchantId"] = .stringConvertible(merchant) }
    }

    /// The session of somebody who is logged in: a token cannot change the account that it belongs to.
    ///
    /// - Throws: `Problem` 403.
    public func session() throws -> SessionID {
        guard let session = principal.session else { throw Problem(.forbidden, detail: "Log in to do this; a token may not.") }
        return session
    }
}

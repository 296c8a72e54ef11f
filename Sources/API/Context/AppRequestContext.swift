import Core
import Hummingbird
import Logging
import NIOCore
import Tenancy

/// What every request has, also the anonymous ones.
public struct AppRequestContext: APIRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let trace: RequestTrace
    public let channel: any Channel
    public var bodyRules: BodyRules = .json
    /// Set by `AuthenticationMiddleware`; the child contexts turn it into something that is not optional.
    public var principal: Principal?
    /// What the credential is known by later; set for requests that outlive their answer.
    public var standing: StandingCredential?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        trace = RequestTrace()
    }
}

/// What this API's contexts have in common, so that readers and writers work in all of them.
public protocol APIRequestContext: RequestContext {
    var trace: RequestTrace { get }
    /// What the route's body may be.
    var bodyRules: BodyRules { get }
}

extension APIRequestContext {
    /// The id on the answer and on each log line of this request.
    public var requestID: String { trace.requestID }

    /// Only Hummingbird's own decoding uses this; our reader goes by `bodyRules`.
    public var maxUploadSize: Int { bodyRules.maximumBytes }
}

import Core
import Hummingbird
import Tenancy

/// A context whose request has a credential.
public protocol PrincipalRequestContext: APIRequestContext {
    var principal: Principal { get }
}

extension PrincipalRequestContext {
    /// Who does this and from where, for the audit log.
    public var actor: Actor { trace.actor(principal) }
}

extension RequestTrace {
    /// Who is behind this request, as far as it got: without a principal somebody unknown at an address.
    func actor(_ principal: Principal?) -> Actor {
        let state = snapshot
        let kind: Actor.Kind
        var person: PersonID?
        switch principal?.kind {
        case .platformKey: kind = .platformKey
        case .merchantKey: kind = .merchantKey
        case .person(let id):
            kind = principal?.isPlatformAdmin == true ? .platformAdmin : principal?.session == nil ? .personalAccessToken : .session
            person = id
        case nil: kind = .anonymous
        }
        return Actor(
            kind,
            credential: principal?.credential,
            person: person,
            address: state.address?.ipAddress,
            userAgent: state.userAgent,
            requestID: state.requestID
        )
    }

    /// The same with the principal that was recorded.
    var actor: Actor { actor(snapshot.principal) }
}

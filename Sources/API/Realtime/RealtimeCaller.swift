import Core
import Tenancy

/// Who opened a socket, and how it wants to be served.
struct RealtimeCaller: Sendable {
    /// What is asked again and again as long as the socket is open.
    let credential: StandingCredential
    let principal: Principal
    let merchant: MerchantID
    let names: EventNames
    /// Where the client's last socket ended, when it said so in the address.
    let position: String?

    /// Whose sockets are counted together: a person's, however many devices and tokens there are, or one key's.
    enum Owner: Hashable, Sendable {
        case person(PersonID)
        case key(CredentialID)
    }

    var owner: Owner {
        switch principal.kind {
        case .person(let person): .person(person)
        case .platformKey, .merchantKey: .key(principal.credential)
        }
    }
}

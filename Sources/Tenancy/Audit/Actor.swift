import Core

/// Who does something, and from where: what an audit entry says about its cause.
///
/// Text that a client chose is cut and stripped of control characters here, so that an entry can always be stored and shown.
public struct Actor: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case platformKey = "platform_key"
        case merchantKey = "merchant_key"
        case personalAccessToken = "personal_access_token"
        case session
        /// A person who administers the installation, logged in or by a token.
        case platformAdmin = "platform_admin"
        /// Nobody that we know: a request without a credential, or with one that is refused.
        case anonymous
        /// Maitre itself: a job or a command.
        case system
    }

    public let kind: Kind
    /// The key, token or session.
    public let credential: CredentialID?
    public let person: PersonID?
    /// The address of the peer.
    public let address: String?
    /// At most 200 characters. Of a job or command, its name.
    public let userAgent: String?
    public let requestID: String?

    public init(
        _ kind: Kind,
        credential: CredentialID? = nil,
        person: PersonID? = nil,
        address: String? = nil,
        userAgent: String? = nil,
        requestID: String? = nil
    ) {
        self.kind = kind
        self.credential = credential
        self.person = person
        self.address = address.flatMap { AuditText.cleaned($0, atMost: 64) }
        self.userAgent = userAgent.flatMap { AuditText.cleaned($0, atMost: 200) }
        self.requestID = requestID.flatMap { AuditText.cleaned($0, atMost: 64) }
    }

    /// A job or a command of our own: `Actor.system("maitre admin create-key")`.
    public static func system(_ name: String) -> Actor { Actor(.system, userAgent: name) }
}

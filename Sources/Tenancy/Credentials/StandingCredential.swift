import Core

/// What a credential that was presented once is known by afterwards, for whoever asks later whether it still counts: a ticket made with it, a stream that was
/// opened with it. Nothing in it can be presented.
public enum StandingCredential: Sendable, Hashable {
    /// A key or token, by its hash.
    case token(PresentedCredential)
    /// A person's session, until the access token that was presented ends.
    case session(SessionID, of: PersonID, until: Timestamp)
}

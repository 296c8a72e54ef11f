/// Why we do not call an address. For those who save one: a sentence. For those who look at the log of calls there is one word for all, since the
/// difference would tell them what our network looks like.
public enum DestinationError: Error, Sendable, Equatable {
    /// Not a URL that has one meaning only.
    case malformed
    case scheme
    case userInformation
    case port
    /// Not an address of the public Internet, or a name that cannot be one.
    case notPublic
    /// It is this installation.
    case ourselves
    /// Nobody has that name, or nobody says so in time.
    case unresolved

    /// For whoever typed the address.
    public var message: String {
        switch self {
        case .malformed: "This must be a complete URL with a host name, in ASCII, without a fragment."
        case .scheme: "This must be an https URL."
        case .userInformation: "This may not have a user name or password in it."
        case .port: "This port may not be called."
        case .notPublic, .unresolved: "This must be an address of the public Internet."
        case .ourselves: "This is the address of this installation itself."
        }
    }
}

import Core

/// One update out of a webhook of Meta, with everything needed to route, order, deduplicate and store it before anybody reads it.
public struct MetaUpdate: Sendable {
    public enum Kind: Sendable, Hashable {
        case message, status, errors, echo, preference, unknown
        /// Anything about templates, quality and accounts, by the field's name.
        case management(String)

        /// One word for the inbox and for metrics.
        public var name: String {
            switch self {
            case .message: "message"
            case .status: "status"
            case .errors: "errors"
            case .echo: "echo"
            case .preference: "preference"
            case .management: "management"
            case .unknown: "unknown"
            }
        }
    }

    /// The number it belongs to; nil for news about an account. At most 64 characters.
    public let phoneNumberID: String?
    /// The WhatsApp business account: `entry[].id`. At most 64 characters.
    public let wabaID: String?
    public let field: String
    public let kind: Kind
    /// Updates of one conversation have the same key: the group's id, else the customer's `wa_id`, else the business-scoped user id.
    public let contactKey: String?
    /// The same in every delivery of the update: the message's id, id and status, or a hash of the raw change.
    public let dedupeKey: String
    /// When it happened, as the payload says.
    public let timestamp: Timestamp?
    /// A JSON object that stands for itself, made of raw slices: `field`, `wabaId`, `time`, `metadata`, `contact` (the one that belongs to it) and one of
    /// `message`, `status`, `error`, `echo`, `preference`, `change`, `raw`. `MetaInbound` reads it.
    public let payload: [UInt8]
}

/// Everything the audit log knows, the one list: `openapi.yaml` has the same, and a test compares them. A name is never changed, since what was written
/// stays as it is.
public enum AuditAction: String, Sendable, CaseIterable {
    // Refusals.
    /// A request that was answered 401, 403 or alike.
    case accessRefused = "access.refused"
    /// A sealed secret that did not open where it is stored: it was moved, changed, or its key is gone.
    case secretRefused = "secret.refused"

    // Restaurants.
    case merchantCreated = "merchant.created"
    case merchantUpdated = "merchant.updated"
    case merchantSuspended = "merchant.suspended"
    case merchantReactivated = "merchant.reactivated"
    case merchantClosed = "merchant.closed"
    /// The grace period of a closed restaurant is over.
    case merchantEnded = "merchant.ended"

    // Credentials.
    case credentialCreated = "credential.created"
    case credentialRolled = "credential.rolled"
    case credentialRevoked = "credential.revoked"

    // What a restaurant has.
    case botCreated = "bot.created"
    case channelCreated = "channel.created"
    case channelUpdated = "channel.updated"
    case conversationUpdated = "conversation.updated"

    // The installation.
    case secretsRotated = "secrets.rotated"
    /// More was refused than could be written down; `count` says how much is missing.
    case auditDropped = "audit.dropped"
    /// What a newer version wrote, while both run.
    case auditUnknown = "audit.unknown"
}

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
    case allowanceChanged = "allowance.changed"

    // Credentials.
    case credentialCreated = "credential.created"
    case credentialRolled = "credential.rolled"
    case credentialRevoked = "credential.revoked"

    // What a restaurant has.
    case botCreated = "bot.created"
    case channelCreated = "channel.created"
    case channelUpdated = "channel.updated"
    case channelSecretRolled = "channel_secret.rolled"
    case conversationUpdated = "conversation.updated"

    // Outgoing webhooks.
    case webhookEndpointCreated = "webhook_endpoint.created"
    case webhookEndpointUpdated = "webhook_endpoint.updated"
    case webhookEndpointPaused = "webhook_endpoint.paused"
    case webhookEndpointResumed = "webhook_endpoint.resumed"
    /// Maitre gave up on it.
    case webhookEndpointDisabled = "webhook_endpoint.disabled"
    case webhookEndpointDeleted = "webhook_endpoint.deleted"
    case webhookEndpointTested = "webhook_endpoint.tested"
    case webhookSecretRolled = "webhook_secret.rolled"
    /// By hand, one or several of an endpoint.
    case webhookDeliveryReplayed = "webhook_delivery.replayed"

    // People.
    case loginSucceeded = "login.succeeded"
    case sessionEnded = "session.ended"
    /// A refresh token came back after it was used: somebody has a copy. The session is over.
    case tokenReused = "session.token_reused"
    case passwordChanged = "password.changed"
    /// Somebody asked for a link; whether anybody has the address is not said.
    case passwordResetRequested = "password.reset_requested"
    /// By a link in an e-mail.
    case passwordReset = "password.reset"
    case secondFactorEnabled = "second_factor.enabled"
    case secondFactorDisabled = "second_factor.disabled"
    case memberRoleChanged = "member.role_changed"
    case memberRemoved = "member.removed"
    case invitationCreated = "invitation.created"
    case invitationRevoked = "invitation.revoked"
    case invitationAccepted = "invitation.accepted"
    case adminRemoved = "admin.removed"
    case personDisabled = "person.disabled"
    case personEnabled = "person.enabled"

    // Queues.
    case queuePaused = "queue.paused"
    case queueResumed = "queue.resumed"
    /// What may start in a time and run at once was changed.
    case queueLimited = "queue.limited"
    /// One, or those that a filter found.
    case deadLetterReplayed = "dead_letter.replayed"
    case deadLetterDiscarded = "dead_letter.discarded"

    // The installation.
    case signingKeysRotated = "signing_keys.rotated"
    case secretsRotated = "secrets.rotated"
    /// More was refused than could be written down; `count` says how much is missing.
    case auditDropped = "audit.dropped"
    /// What a newer version wrote, while both run.
    case auditUnknown = "audit.unknown"
}

import Core

/// A delivery as its worker finds it.
struct WebhookToSend: Sendable {
    let id: WebhookDeliveryID
    let endpoint: WebhookEndpointID
    let event: EventID
    let body: String
    let state: WebhookDelivery.State
    let round: Int
    let tries: Int
    let isTest: Bool
    /// Nil when the endpoint was deleted.
    let url: String?
    let status: WebhookEndpoint.Status?
    let isSlow: Bool
    let merchantIsActive: Bool
}

/// A secret that signs now.
struct SealedWebhookSecret: Sendable {
    let id: WebhookSecretID
    let sealed: [UInt8]
}

/// What one request came to.
struct WebhookResult: Sendable {
    let startedAt: Timestamp
    let duration: Duration
    let outcome: WebhookAttempt.Outcome
    let status: Int?
    let answer: String?
    let retryAfter: String?
}

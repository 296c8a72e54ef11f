import Core
import Foundation

/// Maitre gave up on a webhook endpoint: nothing is sent there until a person resumes it.
public struct WebhookDisabled: EventPayload {
    public static let type = EventType.webhookDisabled
    public var endpoint: WebhookEndpointID
    public var reason: WebhookEndpoint.Reason
    /// The first failure after the last success; nil when there was none before this.
    public var failingSince: Timestamp?

    public init(endpoint: WebhookEndpointID, reason: WebhookEndpoint.Reason, failingSince: Timestamp?) {
        self.endpoint = endpoint
        self.reason = reason
        self.failingSince = failingSince
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("webhookEndpointId", endpoint)
        writer.member("reason", reason.rawValue)
        writer.member("failingSince", nullable: failingSince)
    }

    public static var example: Self {
        WebhookDisabled(
            endpoint: WebhookEndpointID(UUID(high: 0x019a_5b2c_7e40_7000, low: 0x8000_0000_0000_0007)),
            reason: .failing,
            failingSince: Timestamp(unixSeconds: 1_762_068_600)
        )
    }
}

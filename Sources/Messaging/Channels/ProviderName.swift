/// Where a channel's number lives.
public enum ProviderName: String, Sendable, CaseIterable {
    case meta, whapi, twilio
    /// A bot that runs elsewhere and tells us what happens (B12).
    case outside
}

/// Where a channel's number lives.
public enum ProviderName: String, Sendable, CaseIterable {
    case meta, whapi, twilio
}

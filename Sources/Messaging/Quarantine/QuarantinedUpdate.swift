import Core

/// A verified update that no channel takes (B11).
public struct QuarantinedUpdate: Sendable {
    public let id: QuarantineID
    public let provider: String
    public let providerNumberID: String?
    /// `unknown_number`, `other_app`, `no_number` or `unreadable`.
    public let reason: String
    /// As the provider sent it; JSON unless the reason is `unreadable`.
    public let payload: [UInt8]
    public let receivedAt: Timestamp
}

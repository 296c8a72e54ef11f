/// What the health routes ask.
public protocol HealthProbe: Sendable {
    /// Whether the database answers now. Bounded in time by whoever implements it.
    func databaseConnected() async -> Bool

    /// False before start-up is done and again as soon as shutdown begins, so that a proxy sends no new requests.
    var isReady: Bool { get }
}

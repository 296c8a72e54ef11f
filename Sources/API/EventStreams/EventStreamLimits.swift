/// What open streams of events may take of one process.
public struct EventStreamLimits: Sendable {
    /// Streams at once with one key, token or session.
    public var perCredential = 20
    /// Streams at once of one restaurant.
    public var perMerchant = 1000
    /// After this long without an event a comment is sent, so that nobody in between takes the connection for dead.
    public var heartbeat: Duration = .seconds(15)
    /// How often the credential is looked at again; its lookup is at most a second old by itself, and usually less than half of one.
    public var recheck: Duration = .milliseconds(400)
    /// How many missed events a returning client is sent; one that missed more reads everything anew.
    public var replay = 5000

    public init() {}
}

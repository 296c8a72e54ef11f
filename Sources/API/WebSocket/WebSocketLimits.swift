/// How much and how long one WebSocket may take.
public struct WebSocketLimits: Sendable {
    /// Bytes of a message, all its fragments together.
    public var messageBytes = 64 * 1024
    /// Frames of any kind that a client may send: so many a second, and so many at once after a pause.
    public var framesPerSecond = 20
    public var framesAtOnce = 100
    /// Messages that wait for their session.
    public var waitingMessages = 128
    /// What a client that reads slowly may be behind before it is closed.
    public var backlogBytes = 1024 * 1024
    public var backlogFrames = 500
    /// Between two pings, and from a ping to its pong.
    public var ping: Duration = .seconds(25)
    public var pong: Duration = .seconds(10)
    /// For the client to answer a close frame.
    public var close: Duration = .seconds(2)
    /// Whether binary messages are taken; they are closed with 1003 otherwise.
    public var takesBinary = false

    public init() {}
}

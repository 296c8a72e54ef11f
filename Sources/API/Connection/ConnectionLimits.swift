import Core

/// How long a connection may take over things, and how much of a request's head is read.
public struct ConnectionLimits: Sendable {
    /// Nothing but waiting: between requests, and until a request's head is complete.
    public var idle: Duration = .seconds(60)
    /// For a body to arrive, on top of the time that it takes at `slowestBody`.
    public var body: Duration = .seconds(20)
    /// Bytes a second below which an arriving body is a hold-up.
    public var slowestBody: Int = 4096
    /// From the complete request to the first byte of the answer.
    public var answer: Duration = .seconds(30)
    /// For a client to take what is written, each time the socket's buffers are full.
    public var write: Duration = .seconds(30)
    /// How long and how much more is read, and thrown away, after an answer that came before the whole body.
    public var linger: Duration = .seconds(2)
    public var lingerBytes = 256 * 1024
    /// All header fields of a request, in bytes; and the number of fields.
    public var headerBytes = 64 * 1024
    public var headerFields = 128
    /// What may arrive behind a request for another protocol before it is answered; more than one read of the socket.
    public var undecodedBytes = 256 * 1024

    public init() {}
}

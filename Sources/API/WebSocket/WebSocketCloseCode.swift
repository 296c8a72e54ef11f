/// The number in a close frame (RFC 6455, 7.4): the standard's, and our own from 4400 on, whose last digits are those of the HTTP status that they resemble.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let normal = Self(rawValue: 1000)
    public static let goingAway = Self(rawValue: 1001)
    public static let protocolError = Self(rawValue: 1002)
    /// A binary message where only text is understood.
    public static let unsupportedData = Self(rawValue: 1003)
    /// Text that is not UTF-8.
    public static let invalidText = Self(rawValue: 1007)
    public static let messageTooLarge = Self(rawValue: 1009)
    public static let internalError = Self(rawValue: 1011)
    /// The server restarts: connect again, to whichever node answers.
    public static let serviceRestart = Self(rawValue: 1012)

    /// The credential came to its end by itself: get another ticket.
    public static let expired = Self(rawValue: 4401)
    /// The credential, the membership or the restaurant no longer allows it.
    public static let revoked = Self(rawValue: 4403)
    /// The client reads slower than events happen: connect again and resume.
    public static let slow = Self(rawValue: 4408)
    /// More sockets or frames than allowed.
    public static let tooMany = Self(rawValue: 4429)

    /// Never in a frame: the connection ended without a close frame (RFC 6455, 7.1.5).
    static let abnormal = Self(rawValue: 1006)

    /// Whether a peer may send it. 1004 to 1006 and 1015 are reserved for other uses, and what is not registered below 3000 means nothing.
    var mayBeReceived: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// What a client did against the protocol: the connection is closed with this.
struct WebSocketViolation: Error, Equatable {
    let code: WebSocketCloseCode
    let reason: String

    init(_ code: WebSocketCloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// What a route's body may be.
public struct BodyRules: Sendable, Equatable {
    /// Above it: 413.
    public let maximumBytes: Int
    /// Media types in lower case, without parameters. Others: 415.
    public let mediaTypes: Set<String>

    public init(maximumBytes: Int, mediaTypes: Set<String>) {
        self.maximumBytes = maximumBytes
        self.mediaTypes = mediaTypes
    }

    /// What a route has unless it declares more: 64 KiB of JSON.
    public static let json = json(maximumBytes: 64 * 1024)

    public static func json(maximumBytes: Int) -> BodyRules {
        BodyRules(maximumBytes: maximumBytes, mediaTypes: ["application/json"])
    }
}

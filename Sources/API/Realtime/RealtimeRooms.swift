import Core

/// What of a restaurant's events one socket gets.
struct RealtimeRooms: Sendable {
    enum Room: Hashable, Sendable {
        /// Everything that happens in the restaurant.
        case merchant
        /// `stats_updated`.
        case stats
        /// What happens in one conversation.
        case conversation(ConversationID)

        /// Nil for what is no room: `merchant`, `stats`, `conversation:<id>`.
        init?(_ name: String) {
            switch name {
            case "merchant": self = .merchant
            case "stats": self = .stats
            default:
                guard name.hasPrefix("conversation:"), let id = ConversationID(name.dropFirst("conversation:".count)) else { return nil }
                self = .conversation(id)
            }
        }

        var name: String {
            switch self {
            case .merchant: "merchant"
            case .stats: "stats"
            case .conversation(let id): "conversation:\(id)"
            }
        }
    }

    static let most = 100

    private(set) var rooms: Set<Room> = [.merchant, .stats]

    /// - Returns: false when these would be too many; nothing changes then.
    mutating func enter(_ rooms: [Room]) -> Bool {
        let all = self.rooms.union(rooms)
        guard all.count <= Self.most else { return false }
        self.rooms = all
        return true
    }

    mutating func leave(_ rooms: [Room]) { self.rooms.subtract(rooms) }

    /// Whether an event of `conversation`, or of none, is for it.
    func want(_ conversation: ConversationID?) -> Bool {
        rooms.contains(.merchant) || conversation.map { rooms.contains(.conversation($0)) } ?? false
    }

    var wantStats: Bool { rooms.contains(.stats) }

    /// In the order in which they are shown.
    var names: [String] { rooms.map(\.name).sorted { ($0.count, $0) < ($1.count, $1) } }
}

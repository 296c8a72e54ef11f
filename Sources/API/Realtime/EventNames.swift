/// What events are called on one socket.
enum EventNames: String, CaseIterable, Sendable {
    case standard
    /// As dashboards know them that Maitre replaces (L4). What those did not know keeps its name.
    case colon

    /// Nil for the standard name.
    func name(of type: String) -> String? {
        guard self == .colon else { return nil }
        return switch type {
        case "message_received": "message:new"
        case "message_status_changed": "message:status"
        case RealtimeEventType.typingStarted: "typing:start"
        case RealtimeEventType.typingStopped: "typing:stop"
        case RealtimeEventType.statsUpdated: "stats:update"
        default: nil
        }
    }
}

/// Events that are told and never stored: no position, no replay, no webhook.
enum RealtimeEventType {
    static let typingStarted = "typing_started"
    static let typingStopped = "typing_stopped"
    static let statsUpdated = "stats_updated"
}

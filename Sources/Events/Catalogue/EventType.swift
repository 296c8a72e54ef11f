/// What can happen, of requirement H2: the types that have a cause today. Their names are part of the API.
public enum EventType: String, Sendable, CaseIterable {
    case messageReceived = "message_received"
    case messageSent = "message_sent"
    case messageStatusChanged = "message_status_changed"
    case conversationUpdated = "conversation_updated"
    case botConnected = "bot_connected"
    case botDisconnected = "bot_disconnected"
    case allowanceWarning = "allowance_warning"
    case allowanceExhausted = "allowance_exhausted"
}

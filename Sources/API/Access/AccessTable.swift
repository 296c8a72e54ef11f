import HTTPTypes
import Synchronization

/// What each route that needs a credential asks for, as it was declared. Filled while routes are added, read by the test that compares it with `openapi.yaml`.
public final class AccessTable: Sendable {
    public struct Entry: Sendable, Hashable {
        public let method: HTTPRequest.Method
        /// With its base: `/api/v1/bots/{botId}`.
        public let path: String
        public let callers: Callers
        public let access: Access
    }

    private let state = Mutex<[Entry]>([])

    public init() {}

    public var entries: [Entry] { state.withLock { $0 } }

    func record(_ entry: Entry) {
        state.withLock { $0.append(entry) }
    }
}

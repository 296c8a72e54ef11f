import Core

/// The open event streams of phone pages.
struct ThreadWatchers: Sendable {
    typealias Continuation = AsyncStream<[UInt8]>.Continuation

    /// Events a slow page may fall behind; then its stream ends and it starts again from a snapshot.
    static let buffer = 256
    static let limit = 1000

    private var byThread: [ThreadKey: [Int: Continuation]] = [:]
    private var nextID = 1
    private(set) var count = 0

    /// Nil when too many streams are open.
    mutating func add(_ key: ThreadKey, _ continuation: Continuation) -> Int? {
        guard count < Self.limit else { return nil }
        nextID += 1
        count += 1
        byThread[key, default: [:]][nextID] = continuation
        return nextID
    }

    mutating func remove(_ key: ThreadKey, _ id: Int) {
        guard byThread[key]?.removeValue(forKey: id) != nil else { return }
        count -= 1
        if byThread[key]?.isEmpty == true { byThread[key] = nil }
    }

    func isWatched(_ key: ThreadKey) -> Bool {
        count > 0 && byThread[key] != nil
    }

    /// Sends one server-sent event to the pages that show `key`.
    func send(_ event: String, _ data: @autoclosure () -> JSONValue, to key: ThreadKey) {
        guard count > 0, let continuations = byThread[key] else { return }
        let bytes = Self.frame(event, data())
        for continuation in continuations.values {
            if case .dropped = continuation.yield(bytes) { continuation.finish() }
        }
    }

    func finishAll() {
        for continuation in byThread.values.flatMap(\.values) { continuation.finish() }
    }

    /// One event of the `text/event-stream` format; JSON has no line breaks to escape.
    static func frame(_ event: String, _ data: JSONValue) -> [UInt8] {
        Array("event: \(event)\ndata: ".utf8) + data.bytes() + Array("\n\n".utf8)
    }
}

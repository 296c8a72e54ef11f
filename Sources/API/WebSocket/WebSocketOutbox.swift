import DequeModule
import NIOCore

/// Messages that wait until a client has read those before. Bounded: whoever appends never waits, and a client that is too far behind is given up.
struct WebSocketOutbox {
    private struct Entry {
        let text: ByteBuffer
        let isDroppable: Bool
    }

    private let maximumFrames: Int
    private let maximumBytes: Int
    private var entries: Deque<Entry> = []
    private(set) var bytes = 0

    init(limits: WebSocketLimits) {
        maximumFrames = limits.backlogFrames
        maximumBytes = limits.backlogBytes
    }

    var count: Int { entries.count }

    /// - Parameter isDroppable: of no use later, such as who is typing: gives way when there is not enough room.
    /// - Returns: false when there is no room; the outbox is empty then and forgets what was in it.
    mutating func append(_ text: ByteBuffer, isDroppable: Bool) -> Bool {
        if !fits(text) {
            if isDroppable { return true }
            entries.removeAll { $0.isDroppable }
            bytes = entries.reduce(0) { $0 + $1.text.readableBytes }
            guard fits(text) else {
                clear()
                return false
            }
        }
        entries.append(Entry(text: text, isDroppable: isDroppable))
        bytes += text.readableBytes
        return true
    }

    mutating func next() -> ByteBuffer? {
        guard let entry = entries.popFirst() else { return nil }
        bytes -= entry.text.readableBytes
        return entry.text
    }

    mutating func clear() {
        entries = []
        bytes = 0
    }

    private func fits(_ text: ByteBuffer) -> Bool {
        entries.count < maximumFrames && bytes + text.readableBytes <= maximumBytes
    }
}

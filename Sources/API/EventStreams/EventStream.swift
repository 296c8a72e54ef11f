import Core
import Events
import Hummingbird
import Metrics
import NIOCore
import Postgres
import Synchronization

/// One answer in `text/event-stream` (HTML standard, 9.2): what was missed, then what happens, until somebody ends it.
///
/// The writer waits for the client; the hub never does. A client that takes nothing is cut off twice: its subscription overflows, and the connection's guard
/// closes a socket that takes no bytes. Either way it comes back with the last `id` that it has seen.
struct EventStream: Sendable {
    /// How it begins.
    enum Start: Sendable {
        /// At a position, with what happened before it and was not seen.
        case at(EventPosition, missed: [PublishedEvent], isResumed: Bool)
        /// What was missed is no longer known.
        case resync(EventPosition)
    }

    let subscription: EventSubscription
    let start: Start
    let watch: CredentialWatch
    let limits: EventStreamLimits
    /// Held as long as the stream is.
    let slot: StreamSlots.Slot

    /// Writes until the end of the stream; the caller finishes the body.
    func run(_ writer: inout any ResponseBodyWriter) async throws {
        let refusal = Refusal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await watch.refusal(every: limits.recheck)
                refusal.set()
                subscription.nudge()
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: limits.heartbeat)
                    subscription.nudge()
                }
            }
            defer { group.cancelAll() }
            try await write(&writer) { refusal.isSet }
        }
    }

    private final class Refusal: Sendable {
        private let state = Mutex(false)

        var isSet: Bool { state.withLock { $0 } }

        func set() { state.withLock { $0 = true } }
    }

    private func write(_ writer: inout any ResponseBodyWriter, isRefused: () -> Bool) async throws {
        var frames = EventFrames()
        var last: EventPosition
        switch start {
        case .at(let position, let missed, let isResumed):
            frames.append("connected", id: position) { writer in
                writer.member("type", "connected")
                writer.member("message", "Subscribed to events")
                writer.member("resumed", isResumed)
                writer.member("position", position.description)
            }
            last = position
            try await write(missed, &frames, &last, &writer, isRefused)
        case .resync(let position):
            frames.resync(at: position)
            last = position
        }
        try await flush(&frames, &writer)
        var lastWrite = ContinuousClock.now
        do {
            while !isRefused() {
                switch try await subscription.turn() {
                case .delivery(.events(let events)): try await write(events, &frames, &last, &writer, isRefused)
                case .delivery(.ephemeral(let event)): frames.append(event)
                case .nudged where lastWrite.duration(to: .now) >= limits.heartbeat: frames.comment()
                case .nudged: continue
                case .ended:
                    frames.end("restart")
                    return try await flush(&frames, &writer)
                }
                guard !isRefused() else { break }
                try await flush(&frames, &writer)
                lastWrite = .now
            }
            frames = EventFrames()
            frames.end("credential")
        } catch let end as EventSubscriptionEnd {
            if end == .overflowed { Counter(label: "maitre_realtime_slow_closes_total").increment() }
            // It may come back at once, with the last position that it has: that of the hub's own loss is then found gone.
            frames.end(end == .overflowed ? "slow" : "lost")
        }
        try await flush(&frames, &writer)
    }

    /// Events that were not written yet, in pieces, so that a client which reads slowly holds little of our memory.
    private func write(
        _ events: [PublishedEvent],
        _ frames: inout EventFrames,
        _ last: inout EventPosition,
        _ writer: inout any ResponseBodyWriter,
        _ isRefused: () -> Bool
    ) async throws {
        for event in events where event.position > last {
            frames.append(event)
            last = event.position
            guard frames.isLarge else { continue }
            guard !isRefused() else { return }
            try await flush(&frames, &writer)
        }
    }

    private func flush(_ frames: inout EventFrames, _ writer: inout any ResponseBodyWriter) async throws {
        guard let bytes = frames.take() else { return }
        try await writer.write(ByteBuffer(bytes: bytes))
    }
}

/// Frames of an event stream that were not written yet. JSON has no line ends, so one `data` line holds it.
struct EventFrames {
    private var bytes: [UInt8] = []

    var isLarge: Bool { bytes.count >= 32 * 1024 }

    mutating func append(_ event: PublishedEvent) {
        var json = JSONWriter(reserving: event.data.bytes.count + 320)
        event.write(to: &json)
        append(event.type, id: event.position, json)
    }

    mutating func append(_ event: EphemeralEvent) {
        var json = JSONWriter()
        event.write(to: &json)
        append(event.type, id: nil, json)
    }

    mutating func append(_ name: String, id: EventPosition?, _ body: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        json.object(body)
        append(name, id: id, json)
    }

    /// Says that everything has to be read anew, and where the stream goes on.
    mutating func resync(at position: EventPosition) {
        append("resync", id: position) { writer in
            writer.member("type", "resync")
            writer.member("message", "Some events are no longer kept: read everything anew")
            writer.member("position", position.description)
        }
    }

    /// Says why the stream ends.
    mutating func end(_ reason: String) {
        append("end", id: nil) { writer in
            writer.member("type", "end")
            writer.member("reason", reason)
        }
    }

    mutating func comment() {
        bytes.append(contentsOf: ":\n\n".utf8)
    }

    mutating func take() -> [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        defer { bytes = [] }
        return bytes
    }

    private mutating func append(_ name: String, id: EventPosition?, _ json: JSONWriter) {
        if let id { bytes.append(contentsOf: "id: \(id)\n".utf8) }
        bytes.append(contentsOf: "event: \(name)\ndata: ".utf8)
        bytes.append(contentsOf: json.bytes)
        bytes.append(contentsOf: "\n\n".utf8)
    }
}

import Core
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// What a phone shows.
extension ControlRoutes {
    func readThread(_ request: Request, _ context: Context) async throws -> Response {
        let key = try threadKey(context)
        let after = request.query("after").flatMap { Int($0) } ?? 0
        return jsonAnswer(
            try meta.change { state, now throws(ControlError) in
                _ = try number(key.phoneNumberID, state)
                return state.snapshot(of: key, after: after, epoch: meta.epoch, at: now)
            }
        )
    }

    /// The person at the page has seen everything.
    func markThreadRead(_ request: Request, _ context: Context) async throws -> Response {
        let key = try threadKey(context)
        try meta.change { state, now throws(ControlError) in
            _ = try number(key.phoneNumberID, state)
            state.readByCustomer(key, at: now)
        }
        return jsonAnswer(["read": true])
    }

    /// `{"hoursSinceLastMessage":25}` closes the 24-hour window, `{"hoursSinceLastMessage":0}` opens it.
    func moveWindow(_ request: Request, _ context: Context) async throws -> Response {
        let key = try threadKey(context)
        var fields = try FieldReader(try await json(request))
        guard let hours = try fields.double("hoursSinceLastMessage", in: 0...10_000) else {
            throw fields.problem("hoursSinceLastMessage", "is required")
        }
        try fields.refuseUnknown()
        try meta.change { state, now throws(ControlError) in
            _ = try number(key.phoneNumberID, state)
            _ = state.customer(key.customer)
            state.changeThread(key, at: now) { $0.lastInbound = now - .milliseconds(Int64(hours * 3_600_000)) }
        }
        return jsonAnswer(["hoursSinceLastMessage": .number(String(hours))])
    }

    /// Server-sent events: `snapshot` first, then `entry`, `state`, `typing`, `reset`. With `?reader=page` messages are read only when the page says so.
    func streamThread(_ request: Request, _ context: Context) async throws -> Response {
        let key = try threadKey(context)
        _ = try meta.change { state, _ throws(ControlError) in try number(key.phoneNumberID, state) }
        let isReader = request.query("reader") == "page"
        let body = ResponseBody { writer in
            let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingOldest(ThreadWatchers.buffer))
            let opened = meta.change { state, now -> (id: Int, first: [UInt8])? in
                guard let id = state.watchers.add(key, continuation) else { return nil }
                if isReader {
                    _ = state.customer(key.customer)
                    state.changeThread(key, at: now) { $0.isReadByPage = true }
                }
                let snapshot = state.snapshot(of: key, after: 0, epoch: meta.epoch, at: now)
                return (id, ThreadWatchers.frame("snapshot", snapshot))
            }
            if let opened {
                defer { meta.change { state, _ in state.watchers.remove(key, opened.id) } }
                try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                try await writer.write(ByteBuffer(bytes: opened.first))
                try await Self.copy(stream, continuation, to: &writer)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: body
        )
    }

    /// Writes events until the stream ends, with a comment every 15 s, so that a page that left is noticed.
    private static func copy(
        _ stream: AsyncStream<[UInt8]>,
        _ continuation: AsyncStream<[UInt8]>.Continuation,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: .seconds(15))
                    continuation.yield(Array(": still here\n\n".utf8))
                }
            }
            defer { group.cancelAll() }
            try await withGracefulShutdownHandler {
                for await bytes in stream { try await writer.write(ByteBuffer(bytes: bytes)) }
            } onGracefulShutdown: {
                continuation.finish()
            }
        }
    }
}

extension SimulatorState {
    /// A conversation for the phone page.
    func snapshot(of key: ThreadKey, after: Int, epoch: String, at now: Timestamp) -> JSONValue {
        let thread = threads[key]
        let typing = thread?.typingUntil.map { max(0, ($0 - now).milliseconds) } ?? 0
        return [
            "epoch": .string(epoch),
            "number": numbers[key.phoneNumberID]?.controlJSON,
            "customer": [
                "key": .string(key.customer), "name": .optional(customers[key.customer]?.name),
                "waId": .optional(customers[key.customer]?.waID), "userId": .optional(customers[key.customer]?.userID),
            ],
            "lastSequence": .int(thread?.lastSequence ?? 0),
            "typingMilliseconds": .int(typing),
            "windowOpen": thread?.isWindowOpen(at: now).map { .bool($0) },
            "entries": .array((thread?.entries.filter { $0.sequence > after } ?? []).map(\.json)),
        ]
    }
}

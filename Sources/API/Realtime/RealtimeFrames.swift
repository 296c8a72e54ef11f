import Core
import Events
import NIOCore
import Postgres

/// What the server says on a socket, in JSON.
struct RealtimeFrames: Sendable {
    let names: EventNames

    /// The first of a socket. `type` and `message` are what older clients wait for.
    func connected(position: EventPosition, rooms: RealtimeRooms) -> ByteBuffer {
        Self.frame("connected", id: nil) { writer in
            writer.member("message", "Subscribed to events")
            writer.member("position", position.description)
            writer.member("rooms", array: { writer in for name in rooms.names { writer.string(name) } })
        }
    }

    /// The rooms that a client is in after its message.
    func rooms(_ rooms: RealtimeRooms, after type: String, id: String?) -> ByteBuffer {
        Self.frame(type, id: id) { writer in
            writer.member("rooms", array: { writer in for name in rooms.names { writer.string(name) } })
        }
    }

    /// - Parameter position: from where on events come now, when what was missed cannot be had.
    func resumed(_ isResumed: Bool, position: EventPosition? = nil, id: String? = nil) -> ByteBuffer {
        Self.frame("resumed", id: id) { writer in
            writer.member("resumed", isResumed)
            if let position { writer.member("position", position.description) }
        }
    }

    func pong(id: String?) -> ByteBuffer { Self.frame("pong", id: id) { _ in } }

    func error(_ error: ClientMessageError) -> ByteBuffer {
        Self.frame("error", id: error.id) { writer in
            writer.member("code", error.code)
            writer.member("message", error.message)
            guard !error.fields.isEmpty else { return }
            writer.member(
                "errors",
                array: { writer in
                    for field in error.fields {
                        writer.object {
                            $0.member("pointer", field.pointer)
                            $0.member("code", field.code)
                            $0.member("message", field.message)
                        }
                    }
                }
            )
        }
    }

    func event(_ event: PublishedEvent) -> ByteBuffer {
        var writer = JSONWriter(reserving: 320 + event.data.bytes.count)
        event.write(to: &writer, as: names.name(of: event.type))
        return ByteBuffer(bytes: writer.bytes)
    }

    func event(_ event: EphemeralEvent) -> ByteBuffer {
        var writer = JSONWriter(reserving: 320)
        event.write(to: &writer, as: names.name(of: event.type))
        return ByteBuffer(bytes: writer.bytes)
    }

    private static func frame(_ type: String, id: String?, _ body: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", type)
            body(&writer)
            if let id { writer.member("replyTo", id) }
        }
        return ByteBuffer(bytes: writer.bytes)
    }
}

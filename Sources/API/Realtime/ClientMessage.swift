import Core
import NIOCore

/// What a client may say on a socket.
struct ClientMessage: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case subscribe([RealtimeRooms.Room])
        case unsubscribe([RealtimeRooms.Room])
        /// The position after which it has seen nothing, as it was given one.
        case resume(String)
        case ping
        case typing(ConversationID, isStarted: Bool)
    }

    let kind: Kind
    /// Comes back with the answer.
    let id: String?
}

/// What is wrong with a message, as its sender hears it.
struct ClientMessageError: Error, Equatable {
    let code: String
    let message: String
    var fields: [DomainError.Field] = []
    var id: String?
}

extension ClientMessage {
    private enum Name: String, CaseIterable {
        case subscribe, unsubscribe, resume, ping
        case typingStarted = "typing_started"
        case typingStopped = "typing_stopped"
        case typingStart = "typing:start"
        case typingStop = "typing:stop"
    }

    /// Reads one message, strictly: unknown members are refused like those of a request's body.
    init(parsing text: ByteBuffer) throws(ClientMessageError) {
        var id: String?
        do {
            let body = try JSONBody(parsing: Array(text.readableBytesView))
            id = body.document.root["id"]?.string.flatMap { $0.unicodeScalars.count <= 64 ? $0 : nil }
            self = try body.decode { fields in
                let id = fields.optional("id", .text(1...64))
                let kind: Kind =
                    switch fields.required("type", .oneOf(Name.self)) {
                    case .subscribe: .subscribe(fields.required("rooms", .rooms))
                    case .unsubscribe: .unsubscribe(fields.required("rooms", .rooms))
                    case .resume: .resume(fields.required("position", .text(1...100)))
                    case .ping: .ping
                    case .typingStarted, .typingStart: .typing(fields.required("conversationId", .id()), isStarted: true)
                    case .typingStopped, .typingStop: .typing(fields.required("conversationId", .id()), isStarted: false)
                    }
                return ClientMessage(kind: kind, id: id)
            }
        } catch let problem as Problem {
            throw ClientMessageError(code: problem.code.rawValue, message: problem.detail, fields: problem.fields, id: id)
        } catch {
            throw ClientMessageError(code: ProblemCode.malformedRequest.rawValue, message: "The message cannot be read.", id: id)
        }
    }
}

extension FieldRule<[RealtimeRooms.Room]> {
    fileprivate static var rooms: FieldRule {
        .array(
            of: FieldRule<String>.text(1...60).map(standIn: .merchant, "This is merchant, stats or conversation:<id>.") {
                RealtimeRooms.Room($0)
            },
            1...RealtimeRooms.most
        )
    }
}

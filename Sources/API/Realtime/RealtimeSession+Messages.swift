import Core
import Events
import Logging
import Messaging
import Postgres
import Synchronization
import Tenancy

extension RealtimeSession {
    /// Does what the client says. What cannot be understood or done is answered, and is no reason to hang up.
    func handle(_ message: WebSocketConnection.Message) async {
        // Binary ones do not come this far.
        guard case .text(let text) = message else { return }
        do throws(ClientMessageError) {
            try await handle(ClientMessage(parsing: text))
        } catch {
            connection.send(frames.error(error))
        }
    }

    private func handle(_ message: ClientMessage) async throws(ClientMessageError) {
        switch message.kind {
        case .ping: connection.send(frames.pong(id: message.id))
        case .resume(let position): await resume(after: position, id: message.id)
        case .subscribe(let rooms):
            try await check(
                rooms.compactMap { room in
                    if case .conversation(let id) = room { id } else { nil }
                },
                message
            )
            let entered = state.withLock { state in state.rooms.enter(rooms) ? state.rooms : nil }
            guard let entered else {
                throw ClientMessageError(code: "limit_reached", message: "At most \(RealtimeRooms.most) rooms at once.", id: message.id)
            }
            connection.send(frames.rooms(entered, after: "subscribed", id: message.id))
        case .unsubscribe(let rooms):
            let left = state.withLock { state in
                state.rooms.leave(rooms)
                return state.rooms
            }
            connection.send(frames.rooms(left, after: "unsubscribed", id: message.id))
        case .typing(let conversation, let isStarted):
            guard (try? state.withLock({ $0.principal }).require(scope: Scope.conversationsWrite, role: .agent)) != nil else {
                throw ClientMessageError(
                    code: ProblemCode.forbidden.rawValue,
                    message: "The credential lacks the scope \(Scope.conversationsWrite).",
                    id: message.id
                )
            }
            try await check([conversation], message)
            await type(in: conversation, isStarted: isStarted)
        }
    }

    /// Another restaurant's conversation is one that does not exist.
    private func check(_ conversations: [ConversationID], _ message: ClientMessage) async throws(ClientMessageError) {
        let unknown = state.withLock { state in conversations.filter { !state.known.contains($0) } }
        guard !unknown.isEmpty else { return }
        let found: Set<ConversationID>
        do {
            found = try await services.conversations.existing(among: unknown, of: caller.merchant)
        } catch {
            throw ClientMessageError(
                code: ProblemCode.unavailable.rawValue,
                message: "The database does not answer; try again.",
                id: message.id
            )
        }
        guard found.count == Set(unknown).count else {
            throw ClientMessageError(code: ProblemCode.notFound.rawValue, message: "There is no such conversation.", id: message.id)
        }
        state.withLock { state in
            if state.known.count > 1000 { state.known = [] }
            state.known.formUnion(found)
        }
    }

    // MARK: Typing

    /// Tells who watches on any node, and now and then the customer, through the provider.
    private func type(in conversation: ConversationID, isStarted: Bool) async {
        let isDue = state.withLock { state in
            guard isStarted else {
                state.typing.remove(conversation)
                return false
            }
            state.typing.insert(conversation)
            let now = ContinuousClock.now
            let isDue = state.indicated[conversation].map { now - $0 > Self.indication } ?? true
            if state.indicated.count > 1000 { state.indicated = [:] }
            if isDue { state.indicated[conversation] = now }
            return isDue
        }
        broadcastTyping(in: conversation, isStarted: isStarted)
        guard isDue else { return }
        do {
            // WhatsApp shows it together with the read receipt: who types an answer has read what was asked.
            _ = try await services.conversations.markRead(conversation, typing: true, of: caller.merchant)
        } catch {
            services.logger.debug("The customer was not shown that somebody types", metadata: ["error": "\(error)"])
        }
    }

    /// As long as WhatsApp shows it.
    private static let indication: Duration = .seconds(20)

    private func broadcastTyping(in conversation: ConversationID, isStarted: Bool) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("conversationId", conversation)
            switch caller.principal.kind {
            case .person(let person): writer.member("personId", person)
            case .platformKey, .merchantKey: writer.member("personId", nullable: String?.none)
            }
        }
        let event = EphemeralEvent(
            merchant: caller.merchant,
            type: isStarted ? RealtimeEventType.typingStarted : RealtimeEventType.typingStopped,
            conversation: conversation,
            data: PostgresJSON(writer.text)
        )
        state.withLock { state in
            // Some may never come back: dropped on the way.
            if state.own.count > 100 { state.own = [] }
            state.own.insert(event.id)
        }
        services.hub.broadcast(event)
    }

    /// Nobody types on a socket that is gone.
    func stopTyping() {
        let conversations = state.withLock { state in
            defer { state.typing = [] }
            return state.typing
        }
        for conversation in conversations { broadcastTyping(in: conversation, isStarted: false) }
    }
}

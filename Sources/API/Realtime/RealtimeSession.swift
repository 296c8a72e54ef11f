import Core
import Events
import Logging
import Messaging
import Postgres
import Synchronization
import Tenancy

/// One socket of one caller: tells it what happens, and does what it says.
///
/// Two positions make that nothing is lost or told twice. The subscription is made before the position `from` is read, so everything after `from` comes live
/// and everything up to it can be read: a resume reads from the client's position up to `from` and not further, and moves `from` back to there.
final class RealtimeSession: Sendable {
    struct State {
        var principal: Principal
        var rooms = RealtimeRooms()
        /// Everything after it has been sent on this socket or will be.
        var from: EventPosition?
        /// Typing that this socket told others of, which comes back to it.
        var own: Set<EventID> = []
        /// Where this client types.
        var typing: Set<ConversationID> = []
        /// When the provider was last told so.
        var indicated: [ConversationID: ContinuousClock.Instant] = [:]
        /// Conversations that exist.
        var known: Set<ConversationID> = []
        /// Whether the client was waited for in vain.
        var isStalled = false
        /// Whether anything happened since the counts were last asked for.
        var sawEvents = true
        var counted = 0
    }

    let caller: RealtimeCaller
    let connection: WebSocketConnection
    let frames: RealtimeFrames
    let services: RealtimeServices
    let state: Mutex<State>
    private let configuration: RealtimeConfiguration
    private let gate = ResumeGate()
    private let logger: Logger

    init(
        _ caller: RealtimeCaller,
        connection: WebSocketConnection,
        services: RealtimeServices,
        configuration: RealtimeConfiguration,
        logger: Logger
    ) {
        self.caller = caller
        self.connection = connection
        self.services = services
        self.configuration = configuration
        self.logger = logger
        frames = RealtimeFrames(names: caller.names)
        state = Mutex(State(principal: caller.principal))
    }

    /// Returns when the socket is closed, or shall be.
    func run() async {
        let subscription = services.hub.subscribe(caller.merchant)
        guard let start = await end() else { return subscription.cancel() }
        let rooms = state.withLock { state in
            state.from = start
            return state.rooms
        }
        connection.send(frames.connected(position: start, rooms: rooms))
        if caller.position != nil { gate.beginResume() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                if let position = self.caller.position { await self.resume(after: position, id: nil) }
                for await message in self.connection.messages { await self.handle(message) }
            }
            group.addTask { await self.tell(subscription, after: start) }
            // Whichever ends first: the client went, or there is nothing more to tell.
            await group.next()
            group.cancelAll()
        }
        stopTyping()
    }

    /// The position of now; nil, with the socket closed, when the database does not say.
    private func end() async -> EventPosition? {
        do {
            return try await services.hub.end()
        } catch {
            if !Task.isCancelled { connection.close(.internalError, "events cannot be read now; connect again") }
            return nil
        }
    }

    // MARK: Telling

    private func tell(_ first: EventSubscription, after start: EventPosition) async {
        await gate.wait(patience: configuration.hold)
        var subscription = first
        var last = start
        while !Task.isCancelled {
            do {
                for try await delivery in subscription {
                    switch delivery {
                    case .ephemeral(let event): tell(event)
                    case .events(let events):
                        for event in events where event.position > last {
                            last = event.position
                            await tell(event, patience: .seconds(1))
                        }
                    }
                }
                // The hub stops with the node.
                if !Task.isCancelled { connection.close(.serviceRestart, "the server restarts; connect again and resume") }
                return
            } catch let reason as EventSubscriptionEnd {
                // More at once than is kept for a subscriber. Either its client is slow, or it was a burst, which can be read again.
                if reason == .overflowed, connection.isBehind {
                    return connection.close(.slow, "too far behind; connect again and resume")
                }
                subscription = services.hub.subscribe(caller.merchant)
                guard let end = await end() else { return }
                if reason == .overflowed, await catchUp(after: last, through: end, onStart: {}) == .complete {
                    last = max(last, end)
                    continue
                }
                guard !connection.isClosed else { return }
                last = end
                state.withLock { $0.from = end }
                connection.send(frames.resumed(false, position: end))
            } catch {
                return connection.close(.internalError, "events cannot be read now; connect again")
            }
        }
    }

    /// Messages that may wait for the client before the next one does.
    private static let busy = 128

    /// - Parameter patience: how long a client that is behind is waited for. Longer is not needed: what does not fit then ends the socket.
    private func tell(_ event: PublishedEvent, patience: Duration) async {
        let isWanted = state.withLock { state in
            state.sawEvents = true
            return state.rooms.want(event.conversation)
        }
        guard isWanted else { return }
        if !connection.isBehind {
            state.withLock { $0.isStalled = false }
        } else if !state.withLock({ $0.isStalled }) {
            // A burst is no reason to give up a client that would read it. One that did not read meanwhile is not waited for again.
            let hasRoom = await connection.waitForRoom(leaving: Self.busy, timeout: patience)
            state.withLock { $0.isStalled = !hasRoom }
        }
        connection.send(frames.event(event))
    }

    private func tell(_ event: EphemeralEvent) {
        let isWanted = state.withLock { state in state.own.remove(event.id) == nil && state.rooms.want(event.conversation) }
        if isWanted { connection.send(frames.event(event), isDroppable: true) }
    }

    // MARK: Catching up

    enum CatchingUp {
        case complete
        /// Some of it is no longer kept, or the position is not of this database. Nothing was sent.
        case gone
        /// The socket was closed on the way.
        case closed
    }

    /// Sends what happened after `position` up to and including `end`, page by page, as fast as the client reads.
    private func catchUp(after position: EventPosition, through end: EventPosition, onStart: () -> Void) async -> CatchingUp {
        var position = position
        var isFirst = true
        do {
            while true {
                let page = try await services.feed.page(of: caller.merchant, after: position, types: nil, limit: Self.pageSize)
                if isFirst { onStart() }
                isFirst = false
                for event in page.events {
                    guard event.position <= end else { return .complete }
                    guard await connection.waitForRoom(leaving: Self.busy, timeout: configuration.replayPatience), !connection.isClosed
                    else {
                        connection.close(.slow, "too far behind; connect again and resume")
                        return .closed
                    }
                    await tell(event, patience: .zero)
                    position = event.position
                }
                guard page.hasMore else { return .complete }
            }
        } catch EventStreamError.gone where isFirst {
            return .gone
        } catch {
            // What was dropped while it was being read, too: the client asks again and hears that.
            if !Task.isCancelled { connection.close(.internalError, "events cannot be read now; connect again") }
            return .closed
        }
    }

    private static let pageSize = 200

    func resume(after text: String, id: String?) async {
        gate.beginResume()
        defer { gate.endResume() }
        guard let from = state.withLock({ $0.from }) else { return }
        guard let position = EventPosition(text), position.epoch == from.epoch else {
            return connection.send(frames.resumed(false, position: from, id: id))
        }
        let outcome = await catchUp(after: position, through: from) { connection.send(frames.resumed(true, id: id)) }
        switch outcome {
        case .complete: state.withLock { state in state.from = min(from, position) }
        case .gone: connection.send(frames.resumed(false, position: from, id: id))
        case .closed: break
        }
    }
}

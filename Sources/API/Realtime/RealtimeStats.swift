import Core
import Events
import Logging
import Messaging
import Postgres
import Synchronization
import Tenancy

/// `stats_updated` for whoever watches. One query a restaurant, however many do, and none while nothing happens there.
struct RealtimeStats: Sendable {
    private struct Known {
        let data: PostgresJSON
        let readAt: ContinuousClock.Instant
    }

    /// What is true without any event, the day above all, shows this much later at most.
    private static let longest: Duration = .seconds(60)
    /// Queries at once; the rest of the pool is for requests.
    private static let atOnce = 2

    private let services: RealtimeServices
    private let known = Remembered()

    private final class Remembered: Sendable {
        private let state = Mutex<[MerchantID: Known]>([:])

        func keep(_ merchants: Set<MerchantID>) { state.withLock { $0 = $0.filter { merchants.contains($0.key) } } }
        subscript(merchant: MerchantID) -> Known? { state.withLock { $0[merchant] } }
        func remember(_ known: Known, of merchant: MerchantID) { state.withLock { $0[merchant] = known } }
    }

    init(_ services: RealtimeServices) {
        self.services = services
    }

    func tell(_ watching: [MerchantID: [RealtimeSession]]) async {
        known.keep(Set(watching.keys))
        await withDiscardingTaskGroup { group in
            let queue = Pending(Array(watching))
            for _ in 0..<Self.atOnce {
                group.addTask {
                    while let (merchant, sessions) = queue.next() { await tell(sessions, of: merchant) }
                }
            }
        }
    }

    private final class Pending: Sendable {
        private let state: Mutex<[(MerchantID, [RealtimeSession])]>

        init(_ all: [(key: MerchantID, value: [RealtimeSession])]) { state = Mutex(all.map { ($0.key, $0.value) }) }
        func next() -> (MerchantID, [RealtimeSession])? { state.withLock { $0.popLast() } }
    }

    private func tell(_ sessions: [RealtimeSession], of merchant: MerchantID) async {
        guard let data = await data(of: merchant, seenBy: sessions) else { return }
        let event = EphemeralEvent(merchant: merchant, type: RealtimeEventType.statsUpdated, conversation: nil, data: data)
        for session in sessions { session.connection.send(session.frames.event(event), isDroppable: true) }
    }

    private func data(of merchant: MerchantID, seenBy sessions: [RealtimeSession]) async -> PostgresJSON? {
        // Before the query: what happens during it is asked for the next time.
        let isChanged = sessions.map { session in
            session.state.withLock { state in
                defer { state.sawEvents = false }
                return state.sawEvents
            }
        }.contains(true)
        if !isChanged, let known = known[merchant], ContinuousClock.now - known.readAt < Self.longest { return known.data }
        do {
            let data = PostgresJSON(try await services.counts.counts(of: merchant).json)
            known.remember(Known(data: data, readAt: .now), of: merchant)
            return data
        } catch {
            services.logger.debug("Counts for dashboards cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

extension ConversationCounts {
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(
                "conversations",
                object: {
                    $0.member("bot", Int64(bot))
                    $0.member("agent", Int64(agent))
                    $0.member("paused", Int64(paused))
                }
            )
            writer.member("unreadConversations", Int64(unreadConversations))
            writer.member("unreadMessages", Int64(unreadMessages))
            writer.member("messagesToday", Int64(messagesToday))
        }
        return writer.text
    }
}

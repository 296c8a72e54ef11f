import Core
import Events
import Logging
import Messaging
import Metrics
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy

/// How sockets are served.
public struct RealtimeConfiguration: Sendable {
    /// Open at once on one node: of one person or key, and of one restaurant.
    public var socketsPerOwner = 20
    public var socketsPerMerchant = 500
    public var limits = WebSocketLimits()
    /// How often it is asked whether credentials still count.
    public var recheck: Duration = .milliseconds(250)
    /// Between two `stats_updated`.
    public var stats: Duration = .seconds(5)
    /// How long a new socket may take to say that it resumes.
    public var hold: Duration = .milliseconds(500)
    /// How long a client that resumes may take to read what was sent.
    public var replayPatience: Duration = .seconds(10)

    public init() {}
}

/// What sockets ask of the rest.
public struct RealtimeServices: Sendable {
    let hub: EventHub
    let feed: EventFeed
    let conversations: ConversationService
    let counts: ConversationCountService
    let authenticator: any Authenticator
    let logger: Logger

    public init(
        hub: EventHub,
        feed: EventFeed,
        conversations: ConversationService,
        counts: ConversationCountService,
        authenticator: any Authenticator,
        logger: Logger
    ) {
        self.hub = hub
        self.feed = feed
        self.conversations = conversations
        self.counts = counts
        self.authenticator = authenticator
        self.logger = logger
    }
}

/// The sockets of a node: how many there may be, whether their credentials still count, and the counts that dashboards show.
public final class RealtimeService: Service {
    private struct State {
        var sessions: [ObjectIdentifier: RealtimeSession] = [:]
        var owners: [RealtimeCaller.Owner: Int] = [:]
        var merchants: [MerchantID: Int] = [:]
    }

    public let configuration: RealtimeConfiguration
    private let services: RealtimeServices
    private let state = Mutex(State())
    private let stats: RealtimeStats

    public init(_ services: RealtimeServices, configuration: RealtimeConfiguration = .init()) {
        self.services = services
        self.configuration = configuration
        stats = RealtimeStats(services)
    }

    /// How many sockets are open.
    public var count: Int { state.withLock { $0.sessions.count } }

    /// What a credential needs to watch.
    static let access = Access.scope(Scope.eventsRead)

    /// Serves one socket until it is closed.
    func serve(_ caller: RealtimeCaller, on connection: WebSocketConnection) async {
        let session = RealtimeSession(
            caller,
            connection: connection,
            services: services,
            configuration: configuration,
            logger: services.logger
        )
        if let refusal = admit(session) {
            connection.close(.tooMany, refusal)
        } else {
            await session.run()
            remove(session)
        }
        // It ends with the code that is written in its close frame, which is about to be.
        for await _ in connection.messages {}
        record(session)
        let code = connection.closeCode ?? .abnormal
        Counter(label: "maitre_realtime_closes_total", dimensions: [("code", code.label)]).increment()
        if code == .slow { Counter(label: "maitre_realtime_slow_closes_total").increment() }
        services.logger.debug("Socket closed", metadata: ["code": "\(code.rawValue)", "merchantId": "\(caller.merchant)"])
    }

    /// Looks after the sockets until shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.every(self.configuration.recheck) { await self.recheck() } }
                group.addTask { await self.every(self.configuration.stats) { await self.tellStats() } }
            }
        }
    }

    private func every(_ pause: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            if !Task.isCancelled { await body() }
        }
    }

    // MARK: Caps

    /// Why there is no place for it; nil when it has one.
    private func admit(_ session: RealtimeSession) -> String? {
        let (refusal, count) = state.withLock { state -> (String?, Int) in
            guard state.owners[session.caller.owner, default: 0] < configuration.socketsPerOwner else {
                return ("at most \(configuration.socketsPerOwner) sockets of one person or key", 0)
            }
            guard state.merchants[session.caller.merchant, default: 0] < configuration.socketsPerMerchant else {
                return ("at most \(configuration.socketsPerMerchant) sockets of one restaurant", 0)
            }
            state.owners[session.caller.owner, default: 0] += 1
            state.merchants[session.caller.merchant, default: 0] += 1
            state.sessions[ObjectIdentifier(session)] = session
            return (nil, state.sessions.count)
        }
        if refusal == nil { Gauge(label: "maitre_realtime_connections").record(count) }
        return refusal
    }

    private func remove(_ session: RealtimeSession) {
        let count = state.withLock { state in
            guard state.sessions.removeValue(forKey: ObjectIdentifier(session)) != nil else { return state.sessions.count }
            state.owners.release(session.caller.owner)
            state.merchants.release(session.caller.merchant)
            return state.sessions.count
        }
        Gauge(label: "maitre_realtime_connections").record(count)
    }

    // MARK: Credentials

    private struct Question: Hashable {
        let credential: StandingCredential
        let merchant: MerchantID
    }

    /// Asks for each credential in use whether it still counts, once however many sockets it opened; the authenticator has read that a moment ago.
    private func recheck() async {
        let sessions = state.withLock { Array($0.sessions.values) }
        // Whether or not the database answers the others' questions.
        for session in sessions { session.endIfExpired() }
        let questions = Dictionary(grouping: sessions) { Question(credential: $0.caller.credential, merchant: $0.caller.merchant) }
        for (question, sessions) in questions {
            let answer: Result<Principal, any Error>
            do {
                answer = .success(try await services.authenticator.authenticate(question.credential, restaurant: question.merchant))
            } catch {
                answer = .failure(error)
            }
            for session in sessions { session.apply(answer) }
        }
    }

    // MARK: Counts

    private func tellStats() async {
        let sessions = state.withLock { Array($0.sessions.values) }
        for session in sessions { record(session) }
        Gauge(label: "maitre_realtime_connections").record(sessions.count)
        let watching = Dictionary(grouping: sessions.filter { $0.state.withLock { $0.rooms.wantStats } }, by: \.caller.merchant)
        await stats.tell(watching)
    }

    /// Frames that were written since the last time.
    private func record(_ session: RealtimeSession) {
        let sent = session.connection.sent
        let new = session.state.withLock { state in
            defer { state.counted = sent }
            return sent - state.counted
        }
        if new > 0 { Counter(label: "maitre_realtime_frames_total").increment(by: new) }
    }
}

extension RealtimeSession {
    /// Ends the socket when its credential has come to its end by itself.
    @discardableResult
    func endIfExpired() -> Bool {
        guard let end = state.withLock({ $0.principal.expiresAt }), end <= .now else { return false }
        connection.close(.expired, "the credential has expired")
        return true
    }

    /// Ends the socket when its credential no longer counts.
    func apply(_ answer: Result<Principal, any Error>) {
        switch answer {
        case .success(let principal):
            guard (try? principal.require(scope: RealtimeService.access.scope, role: RealtimeService.access.role)) != nil else {
                return connection.close(.revoked, "no longer allowed")
            }
            state.withLock { $0.principal = principal }
        case .failure(is AuthenticationFailure):
            if !endIfExpired() { connection.close(.revoked, "no longer allowed") }
        case .failure:
            // The database does not say; nothing happens meanwhile that could be told.
            break
        }
    }
}

extension Dictionary where Value == Int {
    fileprivate mutating func release(_ key: Key) {
        let count = self[key, default: 0] - 1
        self[key] = count > 0 ? count : nil
    }
}

extension WebSocketCloseCode {
    /// Of a metric: what clients make up is all the same.
    var label: String {
        switch rawValue {
        case 1000...1003, 1006, 1007, 1009, 1011, 1012, 4401, 4403, 4408, 4429: String(rawValue)
        default: "other"
        }
    }
}

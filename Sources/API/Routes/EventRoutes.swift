import Core
import Events
import HTTPTypes
import Hummingbird
import Tenancy

/// `/events`: what happened to a restaurant, for programs that ask from time to time, and as a stream of server-sent events (H4).
public struct EventRoutes: Sendable {
    private static let access = Access.scope(Scope.eventsRead)

    private let feed: EventFeed
    private let hub: EventHub
    private let authenticator: any Authenticator
    private let limits: EventStreamLimits
    private let slots: StreamSlots

    public init(_ feed: EventFeed, hub: EventHub, authenticator: any Authenticator, limits: EventStreamLimits = EventStreamLimits()) {
        self.feed = feed
        self.hub = hub
        self.authenticator = authenticator
        self.limits = limits
        slots = StreamSlots(limits)
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let events = base.group("events", context: MerchantContext.self)
        events.get("", Self.access, use: list)
        events.get("/stream", Self.access, use: stream)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let types = query.list("types", EventType.self)
        let after = query.string("after", 1...100)
        try query.finish()
        let position = try after.map { text in
            guard let position = EventPosition(text) else {
                throw Problem(.invalidCursor, detail: "This is no position in the stream of events.")
            }
            return position
        }
        let page: EventFeed.Page
        do {
            page = try await feed.page(of: context.merchant, after: position, types: types, limit: limit)
        } catch let error as EventStreamError {
            throw Problem(error)
        }
        var writer = JSONWriter(reserving: 128 + page.events.count * 512)
        writer.object { writer in
            writer.member("data", array: { writer in for event in page.events { event.write(to: &writer) } })
            writer.member("nextPosition", page.next.description)
            writer.member("hasMore", page.hasMore)
        }
        return JSONResponse(.ok, writer)
    }

    private func stream(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let query = try QueryReader(request)
        let parameter = query.string("lastEventId", 0...200)
        try query.finish()
        // The header is the browser's own, of a connection that broke: it is newer than the address that the page was written with.
        let last = request.headers[.lastEventID] ?? parameter
        let slot = try slots.take(context.principal.credential, of: context.merchant)
        let watch = try CredentialWatch(request, of: context.merchant, access: Self.access, authenticator: authenticator)
        let subscription = hub.subscribe(context.merchant)
        let stream = EventStream(
            subscription: subscription,
            start: try await start(after: last, of: context.merchant),
            watch: watch,
            limits: limits,
            slot: slot
        )
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .connection: "close", .xAccelBuffering: "no"],
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in try await stream.run(&writer) }
                try await writer.finish(nil)
            }
        )
    }

    /// After the subscription was made, so that nothing falls between the two.
    private func start(after last: String?, of merchant: MerchantID) async throws -> EventStream.Start {
        do {
            guard let last, !last.isEmpty else { return .at(try await hub.end(), missed: [], isResumed: false) }
            if let position = EventPosition(last),
                case .events(let missed) = try await hub.replay(merchant, after: position, limit: limits.replay)
            {
                return .at(position, missed: missed, isResumed: true)
            }
            return .resync(try await hub.end())
        } catch let error as EventStreamError {
            throw Problem(error)
        }
    }
}

extension Problem {
    init(_ error: EventStreamError) {
        switch error {
        case .gone:
            self.init(.positionGone, detail: "Events after this position are no longer kept; read everything anew and go on without after.")
        case .unavailable: self.init(.unavailable, detail: "The stream of events is not ready; try again.")
        }
    }
}

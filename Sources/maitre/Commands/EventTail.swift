import Core
import Events
import Logging
import ServiceLifecycle
import Tenancy

/// Follows one merchant's events for as long as somebody looks, past lost connections, without a gap.
struct EventTail: Sendable {
    let hub: EventHub
    private let feed: EventFeed
    private let reader: OutboxReader
    private let merchant: MerchantID
    private let start: Start
    private let logger: Logger

    private enum Start: Sendable {
        case now, beginning
        case position(EventPosition)
    }

    /// - Parameter after: a position, `beginning`, or nil for now.
    /// - Throws: `PlainFailure` for anything else.
    init(databases: Databases, merchant: MerchantID, after: String?, logger: Logger) throws {
        hub = EventHub(platform: databases.platform, tenant: databases.tenant, bell: databases.bell, logger: logger)
        feed = EventFeed(tenant: databases.tenant, platform: databases.platform)
        reader = OutboxReader(database: databases.platform)
        self.merchant = merchant
        self.logger = logger
        switch after {
        case nil: start = .now
        case "beginning": start = .beginning
        case let text?:
            guard let position = EventPosition(text) else {
                throw PlainFailure(description: "--after is no position in the stream of events.")
            }
            start = .position(position)
        }
    }

    /// The service that prints until it is told to stop.
    func printing(_ print: @escaping @Sendable (PublishedEvent) -> Void) -> some Service {
        TailService(tail: self, print: print)
    }

    private struct TailService: Service {
        let tail: EventTail
        let print: @Sendable (PublishedEvent) -> Void

        func run() async throws {
            try await cancelWhenGracefulShutdown { try await tail.follow(print) }
        }
    }

    private func follow(_ print: (PublishedEvent) -> Void) async throws {
        var position: EventPosition
        switch start {
        case .now: position = try await hub.end()
        case .beginning: position = try await reader.beginning()
        case .position(let given): position = given
        }
        while !Task.isCancelled {
            do {
                let subscription = hub.subscribe(merchant)
                try await catchUp(&position, print)
                for try await delivery in subscription {
                    guard case .events(let events) = delivery else { continue }
                    for event in events where event.position > position {
                        print(event)
                        position = event.position
                    }
                }
                // Nobody but a shutdown ends it without an error.
                return
            } catch EventStreamError.gone {
                throw PlainFailure(
                    description: "What followed this position is no longer kept, or is of another installation; begin without --after."
                )
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("The stream broke off; going on where it was", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Page by page, however much there is.
    private func catchUp(_ position: inout EventPosition, _ print: (PublishedEvent) -> Void) async throws {
        while true {
            let page = try await feed.page(of: merchant, after: position, types: nil, limit: 500)
            for event in page.events { print(event) }
            position = page.next
            if !page.hasMore { return }
        }
    }
}

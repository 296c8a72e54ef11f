import Core

/// A POST to a callback: its exact bytes, who signs it, and how often it was tried.
struct WebhookPost: Sendable {
    let url: String
    let appID: String
    let body: [UInt8]
    let updateCount: Int
    let entries: [(key: ThreadKey, id: String)]
    let createdAt: Timestamp
    var attempt = 0
    /// Signed with a wrong secret this time.
    var isMissigned = false
}

/// Where an update waits: updates of one conversation leave one after the other, those of others beside them.
struct WebhookLane: Hashable, Sendable {
    let url: String
    let appID: String
    /// The business account, for account updates.
    let owner: String
    let customer: String
}

/// Updates that wait for their first POST, and POSTs that wait for another try.
///
/// Meta promises no order, but a phone does not send its second message before the first has gone; disorder is a fault to ask for.
struct WebhookOutbox: Sendable {
    private struct Lane: Sendable {
        var updates = FIFO<WebhookUpdate>()
        var isBusy = false
    }

    private var lanes: [WebhookLane: Lane] = [:]
    private var ready = FIFO<WebhookLane>()
    private var retries = FIFO<WebhookPost>()
    private(set) var pending = 0

    /// Whether anything can leave now.
    var hasWork: Bool { !ready.isEmpty || !retries.isEmpty }

    mutating func append(_ update: WebhookUpdate, to name: WebhookLane) {
        pending += 1
        lanes[name, default: Lane()].updates.append(update)
        if let lane = lanes[name], !lane.isBusy, lane.updates.count == 1 { ready.append(name) }
    }

    mutating func appendRetry(_ post: WebhookPost) {
        retries.append(post)
    }

    mutating func popRetry() -> WebhookPost? {
        retries.popFirst()
    }

    /// Takes up to `limit` updates for one destination, from as many conversations as there are ready; their lanes are busy until `release`.
    mutating func take(upTo limit: Int) -> (updates: [WebhookUpdate], lanes: [WebhookLane])? {
        guard let first = ready.popFirst() else { return nil }
        var updates: [WebhookUpdate] = []
        var taken: [WebhookLane] = []
        var name = first
        while true {
            drain(name, into: &updates, upTo: limit)
            taken.append(name)
            guard updates.count < limit, let next = ready.first, next.url == first.url, next.appID == first.appID else { break }
            _ = ready.popFirst()
            name = next
        }
        pending -= updates.count
        return (updates, taken)
    }

    private mutating func drain(_ name: WebhookLane, into updates: inout [WebhookUpdate], upTo limit: Int) {
        lanes[name]?.isBusy = true
        while updates.count < limit, let update = lanes[name]?.updates.popFirst() { updates.append(update) }
    }

    /// The POST of these lanes is over, well or badly.
    mutating func release(_ names: [WebhookLane]) {
        for name in names {
            guard let lane = lanes[name] else { continue }
            if lane.updates.isEmpty {
                lanes[name] = nil
            } else {
                lanes[name]?.isBusy = false
                ready.append(name)
            }
        }
    }

    mutating func removeAll() {
        // Lanes under way stay known, so that their release finds them.
        lanes = lanes.filter { $0.value.isBusy }.mapValues { _ in Lane(updates: FIFO(), isBusy: true) }
        ready = FIFO()
        retries = FIFO()
        pending = 0
    }
}

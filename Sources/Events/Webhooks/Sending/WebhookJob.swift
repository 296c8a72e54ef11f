import Core
import Foundation
import Jobs
import Postgres

/// What a job of the webhook queues is about.
enum WebhookJob: Sendable, Equatable {
    /// Makes the deliveries of these events. Enqueued by `platform.dispatch_webhooks`.
    case fanOut([EventID])
    /// Sends a delivery, unless it was sent or replayed meanwhile: then its round or its number of tries is another.
    case deliver(WebhookDeliveryID, round: Int, tries: Int)
    /// Sends what was held while its endpoint was paused.
    case release(WebhookEndpointID)
    /// Tells the owners that an endpoint was disabled.
    case alert(url: String, reason: String)

    /// Nil when it cannot be read: a job of another version.
    init?(_ job: Job) {
        guard let arguments = try? JSONDocument(parsing: job.arguments.bytes).root else { return nil }
        switch job.kind {
        case "fan_out":
            let events = arguments["events"]?.elements.compactMap { $0.string.flatMap { EventID($0) } } ?? []
            self = .fanOut(events)
        case "deliver":
            guard let id = arguments["delivery"]?.string.flatMap({ WebhookDeliveryID($0) }), let round = arguments["round"]?.int,
                let tries = arguments["tries"]?.int
            else { return nil }
            self = .deliver(id, round: Int(round), tries: Int(tries))
        case "release":
            guard let id = arguments["endpoint"]?.string.flatMap({ WebhookEndpointID($0) }) else { return nil }
            self = .release(id)
        case "alert":
            guard let url = arguments["url"]?.string, let reason = arguments["reason"]?.string else { return nil }
            self = .alert(url: url, reason: reason)
        default:
            return nil
        }
    }

    static func release(of endpoint: WebhookEndpointID) -> NewJob {
        var writer = JSONWriter(reserving: 64)
        writer.object { $0.member("endpoint", endpoint) }
        return NewJob(key: "release:\(endpoint)", kind: "release", arguments: PostgresJSON(writer.bytes))
    }

    /// The next try of a delivery, on the lane that `app.webhook_lane` would give it.
    static func next(_ delivery: WebhookToSend, isSlow: Bool, tries: Int) -> NewJob {
        var writer = JSONWriter(reserving: 128)
        writer.object { writer in
            writer.member("delivery", delivery.id)
            writer.member("round", Int64(delivery.round))
            writer.member("tries", Int64(tries))
        }
        let lane = "\(delivery.endpoint)/\(delivery.id.uuid.uuid.15 % (isSlow ? 2 : 4))"
        return NewJob(key: lane, kind: "deliver", arguments: PostgresJSON(writer.bytes))
    }
}

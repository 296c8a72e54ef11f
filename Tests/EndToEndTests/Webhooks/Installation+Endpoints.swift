import Core
import Events
import Foundation
import NIOHTTP1

@testable import maitre

/// An endpoint of a test.
struct Endpoint: Sendable {
    let id: String
    let secret: String
}

extension NodeConfiguration {
    /// Calls this machine, and tries again soon.
    mutating func testWebhooks(_ adjust: (inout Webhooks) -> Void = { _ in }) {
        webhooks.allowsLoopback = true
        webhooks.timeout = .seconds(2)
        webhooks.schedule.delays = Array(repeating: .milliseconds(50), count: 9)
        adjust(&webhooks)
    }
}

extension Installation {
    /// Makes an endpoint of a demo restaurant.
    func endpoint(_ index: Int, _ url: String, types: [String]? = nil) async throws -> Endpoint {
        let list = types.map { "[" + $0.map { "\"\($0)\"" }.joined(separator: ",") + "]" } ?? "null"
        let answer = try await owner(index, .POST, "/webhook-endpoints", json: #"{"url":"\#(url)","eventTypes":\#(list)}"#)
        guard answer.status == 201, let id = try answer.json["id"]?.string, let secret = try answer.json["secret"]?.string else {
            throw TestFailure("an endpoint was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return Endpoint(id: id, secret: secret)
    }

    /// An endpoint of the first demo restaurant as it is now.
    func read(_ endpoint: Endpoint) async throws -> JSONElement { try await owner(0, .GET, "/webhook-endpoints/\(endpoint.id)").json }

    /// Newest first.
    func deliveries(_ index: Int, _ query: String) async throws -> [JSONElement] {
        let answer = try await owner(index, .GET, "/webhook-deliveries?limit=100&\(query)")
        guard answer.status == 200 else { throw TestFailure("deliveries were answered \(answer.status)") }
        return try answer.json["data"]?.elements ?? []
    }

    /// Something happens at a restaurant: `count` events whose data carry a mark.
    func happen(_ type: String = "conversation_updated", at index: Int, count: Int = 1, mark: String = "m") async throws {
        let merchant = demo.merchants[index].restaurantId
        _ = try await sql(
            """
            with made as (
                insert into app.events (merchant_id, id, type, data)
                select '\(merchant)', app.uuid_v7(), '\(type)', jsonb_build_object('mark', '\(mark)', 'number', n) from generate_series(1, \(count)) n
                returning 1)
            select count(*)::text from made
            """
        )
    }
}

import Core
import Crypto
import Foundation
import NIOHTTP1

@testable import maitre

/// A bot that runs elsewhere, of one demo restaurant: what it would send.
struct OutsideBot: Sendable {
    let maitre: Installation
    let index: Int
    /// The path of its channel.
    let path: String
    let channel: String
    var secret: String

    static let secret = "a-secret-of-an-outside-bot-0123456789"

    /// The channel of a new one.
    static func connect(_ maitre: Installation, at index: Int = 0, number: String = "+966500001200", secret: String = secret) async throws
        -> OutsideBot
    {
        let channels = "/bots/\(maitre.demo.merchants[index].botId)/channels"
        let made = try await maitre.owner(
            index,
            .POST,
            channels,
            json: #"{"provider":"outside","displayNumber":"\#(number)","webhookSecret":"\#(secret)"}"#
        )
        guard made.status == 201, let id = try made.json["id"]?.string else {
            throw TestFailure("no channel: \(made.status) \(String(decoding: made.body, as: UTF8.self))")
        }
        return OutsideBot(maitre: maitre, index: index, path: "\(channels)/\(id)", channel: id, secret: secret)
    }

    /// What `X-Timestamp` is now, or was some time ago.
    static func timestamp(_ ago: Duration = .zero) -> String { String((Timestamp.now - ago).microseconds / 1000) }

    static func sign(_ body: [UInt8], _ timestamp: String, _ secret: String) -> String {
        Array(HMAC<SHA256>.authenticationCode(for: body + Array(timestamp.utf8), using: SymmetricKey(data: Data(secret.utf8)))).hexadecimal
    }

    /// Sends a body as it is; what is nil is right.
    func post(
        _ body: [UInt8],
        to channel: String? = nil,
        timestamp: String = timestamp(),
        signature: String? = nil,
        headers more: [(String, String)] = [],
        via node: Installation? = nil
    ) async throws -> Answer {
        try await (node ?? maitre).request(
            .POST,
            "/webhooks/bot?channel=\(channel ?? self.channel)",
            headers: [
                ("X-Webhook-Signature", signature ?? Self.sign(body, timestamp, secret)), ("X-Timestamp", timestamp),
                ("Content-Type", "application/json"),
            ] + more,
            body: body
        )
    }

    static func event(_ type: String, _ data: String = "{}", id: String = UUID().uuidString, at time: Timestamp = .now) -> [UInt8] {
        Array(#"{"id":"\#(id)","type":"\#(type)","timestamp":"\#(time.rfc3339)","data":\#(data)}"#.utf8)
    }

    /// An event that must be taken.
    func tell(_ type: String, _ data: String = "{}", id: String = UUID().uuidString, at time: Timestamp = .now) async throws {
        let answer = try await post(Self.event(type, data, id: id, at: time))
        guard answer.status == 202, try answer.json["status"]?.string == "accepted" else {
            throw TestFailure("\(type) was not taken: \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    /// A customer's text.
    static func text(_ text: String, from customer: String, id: String = UUID().uuidString) -> String {
        #"{"messageId":"\#(id)","contact":{"phone":"\#(customer)","name":"Sara"},"type":"text","text":{"body":"\#(text)"}}"#
    }

    /// Its channel, as the owner reads it.
    func read() async throws -> JSONElement { try await maitre.owner(index, .GET, path).json }

    /// The events of the restaurant that came after `position` and are of these types.
    func events(_ types: String) async throws -> [JSONElement] {
        try await maitre.owner(index, .GET, "/events?limit=100&types=\(types)").json["data"]?.elements ?? []
    }
}

import Core
import Foundation
import NIOHTTP1
import Testing

@testable import maitre

/// One customer's conversation with a demo restaurant, seen from both sides: through the API, and through what the simulated WhatsApp saw.
struct Chat: Sendable {
    let maitre: Installation
    let index: Int
    let customer: String
    /// The conversation's id.
    let id: String
    /// The provider's id of the customer's first message.
    let first: String

    /// Sends as a person, through the API.
    func post(_ json: String) async throws -> Answer {
        try await maitre.owner(
            index,
            .POST,
            "/conversations/\(id)/messages",
            headers: [("Idempotency-Key", UUID().uuidString)],
            json: json
        )
    }

    /// The same where it must be taken; the message's id.
    func send(_ json: String) async throws -> String {
        let answer = try await post(json)
        guard answer.status == 201, let message = try answer.json["id"]?.string else {
            throw TestFailure("not taken: \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return message
    }

    func say(_ text: String) async throws -> String {
        try await send(#"{"type":"text","text":{"body":"\#(text)"}}"#)
    }

    func find(_ message: String) async throws -> JSONElement {
        try await maitre.owner(index, .GET, "/conversations/\(id)/messages/\(message)").json
    }

    func status(_ message: String) async throws -> String {
        try await find(message)["status"]?.string ?? "none"
    }

    /// Waits until the message has that status; says which it had instead.
    func reaches(_ status: String, _ message: String, timeout: Duration = .seconds(30)) async throws {
        let deadline = ContinuousClock.now + timeout
        var last = ""
        while ContinuousClock.now < deadline {
            last = try await self.status(message)
            if last == status { return }
            try await Task.sleep(for: .milliseconds(40))
        }
        let error = try await find(message)["error"]?["code"]?.string
        throw TestFailure("\(customer): a message is \(last) (error \(error ?? "none")) instead of \(status)")
    }

    func errorCode(_ message: String) async throws -> String? {
        try await find(message)["error"]?["code"]?.string
    }

    func messages() async throws -> [JSONElement] {
        try await maitre.messages(index, of: id)
    }

    func conversation() async throws -> JSONElement {
        try await maitre.owner(index, .GET, "/conversations/\(id)").json
    }

    @discardableResult
    func setMode(_ mode: String) async throws -> Answer {
        try await maitre.owner(index, .PATCH, "/conversations/\(id)", json: #"{"mode":"\#(mode)"}"#)
    }

    /// What the simulated WhatsApp took for this customer, oldest first.
    func sent() async throws -> [JSONElement] {
        let number = maitre.number(index)
        return try await maitre.simulator(.GET, "/sent?limit=1000&phoneNumberId=\(number)&to=\(customer)")["messages"]?.elements ?? []
    }

    /// The texts among them.
    func sentTexts() async throws -> [String] {
        try await sent().compactMap { $0["request"]?["text"]?["body"]?.string }
    }

    /// How often the simulated WhatsApp took that message.
    func times(_ message: String) async throws -> Int {
        try await sent().count { $0["bizOpaqueCallbackData"]?.string == message }
    }

    /// Any status of a message that was sent.
    func tell(_ status: String, of message: String, code: Int? = nil) async throws {
        guard let id = try await sent().last(where: { $0["bizOpaqueCallbackData"]?.string == message })?["id"]?.string else {
            throw TestFailure("WhatsApp never got the message that is to be \(status)")
        }
        let code = code.map { #","code":\#($0)"# } ?? ""
        try await maitre.simulator(
            .POST,
            "/statuses",
            json: #"{"phoneNumberId":"\#(maitre.number(index))","customer":"\#(customer)","id":"\#(id)","status":"\#(status)"\#(code)}"#
        )
    }

    /// The statuses that a message went through as the outbox tells them, in order.
    func story(_ message: String) async throws -> [String] {
        try await maitre.sql(
            """
            select data ->> 'status' from app.events
            where data ->> 'messageId' = '\(message)' and type in ('message_sent', 'message_status_changed') order by xid, id
            """
        )
    }

    /// More than 24 hours ago the customer wrote: to Maitre, and to the simulated WhatsApp too unless told otherwise.
    func closeWindow(atTheProvider: Bool = true) async throws {
        _ = try await maitre.sql("update app.conversations set last_inbound_at = now() - interval '25 hours' where id = '\(id)'")
        guard atTheProvider else { return }
        try await closeWindowAtTheProvider()
    }

    func closeWindowAtTheProvider() async throws {
        let path = "/threads/\(maitre.number(index))/\(customer)/window"
        try await maitre.simulator(.POST, path, json: #"{"hoursSinceLastMessage":25}"#)
    }

    /// Further messages of the customer; the provider's id.
    @discardableResult
    func writes(_ message: String, name: String? = nil, identity: String? = nil) async throws -> String {
        try await maitre.receive(message, from: customer, name: name, identity: identity, at: index)
    }
}

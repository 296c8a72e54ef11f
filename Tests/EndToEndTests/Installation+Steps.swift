import Core
import Foundation
import NIOHTTP1
import Postgres
import TestSupport

@testable import maitre

/// Steps that several tests take.
extension Installation {
    func number(_ index: Int) -> String { demo.merchants[index].channels[0].phoneNumberId }

    /// A call of the simulator's control API, which must succeed.
    @discardableResult
    func simulator(_ method: HTTPMethod, _ path: String, json: String? = nil) async throws -> JSONElement {
        let answer = try await request(method, "/simulator" + path, json: json)
        guard (200..<300).contains(answer.status) else {
            throw TestFailure("\(path) answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try answer.json
    }

    /// A fault that strikes one restaurant's number.
    func fault(_ members: String, at index: Int) async throws {
        try await simulator(.POST, "/faults", json: #"{"phoneNumberId":"\#(number(index))",\#(members)}"#)
    }

    /// Waits until every fault with a limit has struck.
    func faultsAreSpent() async throws {
        try await eventually("the faults strike") { try await simulator(.GET, "/faults")["faults"]?.elements.isEmpty == true }
    }

    /// One of the simulator's counters.
    func counter(_ name: String) async throws -> Int64 {
        try await simulator(.GET, "/state")["counters"]?[name]?.int ?? -1
    }

    /// A customer writes; the provider's id of the message.
    @discardableResult
    func receive(_ message: String, from customer: String, name: String? = nil, identity: String? = nil, at index: Int) async throws
        -> String
    {
        let name = name.map { #""name":"\#($0)","# } ?? ""
        let identity = identity.map { #""identity":"\#($0)","# } ?? ""
        let json = #"{"phoneNumberId":"\#(number(index))",\#(name)\#(identity)"message":\#(message)}"#
        guard let id = try await simulator(.POST, "/customers/\(customer)/messages", json: json)["id"]?.string else {
            throw TestFailure("the simulator names no id")
        }
        return id
    }

    /// The conversation of a customer, by name or number.
    func conversation(of customer: String, at index: Int) async throws -> JSONElement? {
        try await owner(index, .GET, "/conversations?limit=100&q=\(customer)").json["data"]?.elements.first
    }

    /// A conversation that the bot has greeted.
    ///
    /// - Parameter greeted: the last status that the greeting gets here.
    func greet(_ customer: String, at index: Int, greeted: String = "read") async throws -> Chat {
        let first = try await receive(#"{"type":"text","text":{"body":"hello"}}"#, from: customer, at: index)
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let id = try await conversation(of: customer, at: index)?["id"]?.string {
                let messages = try await messages(index, of: id)
                if messages.count >= 2, messages[1]["status"]?.string == greeted {
                    return Chat(maitre: self, index: index, customer: customer, id: id, first: first)
                }
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw TestFailure("\(customer) was not greeted")
    }

    /// The same, taken over by a person, so that the bot does not interfere.
    func open(_ customer: String, at index: Int, greeted: String = "read") async throws -> Chat {
        let chat = try await greet(customer, at: index, greeted: greeted)
        try await chat.setMode("agent")
        return chat
    }

    /// A restaurant's only channel.
    func channel(_ index: Int) async throws -> JSONElement {
        let page = try await owner(index, .GET, "/bots/\(demo.merchants[index].botId)/channels").json
        guard let channel = page["data"]?.elements.first else { throw TestFailure("there is no channel") }
        return channel
    }

    func changeChannel(_ index: Int, _ json: String) async throws -> Answer {
        let id = try await channel(index)["id"]?.string ?? ""
        return try await owner(index, .PATCH, "/bots/\(demo.merchants[index].botId)/channels/\(id)", json: json)
    }

    /// The first column of a query, as a superuser whom no policy stops.
    func sql(_ query: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: query)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    /// Lanes that wait for a later moment look again now, as if that moment had come.
    func hurry() async throws {
        _ = try await sql(
            """
            with lanes as (
                update queue.lanes set ready_at = clock_timestamp()
                where queue = 'message_sending' and pending > 0 and lease is null and ready_at > clock_timestamp()),
            merchants as (update queue.schedule set ready_at = clock_timestamp(), misses = 0 where queue = 'message_sending')
            select ''
            """
        )
    }

    /// The same again and again until `condition` holds.
    func hurry(until what: String, timeout: Duration = .seconds(30), _ condition: @Sendable () async throws -> Bool) async throws {
        try await eventually(what, timeout: timeout) {
            try await hurry()
            try await Task.sleep(for: .milliseconds(200))
            return try await condition()
        }
    }

    /// Everything that came in is processed and everything that went out recorded.
    func drained(timeout: Duration = .seconds(30)) async throws {
        try await eventually("the queues are empty", timeout: timeout) {
            try await sql("select coalesce(sum(pending), 0)::text from queue.lanes") == ["0"]
        }
    }

    func deadLetters() async throws -> [String] {
        try await sql("select kind || ': ' || error from queue.jobs_dead")
    }
}

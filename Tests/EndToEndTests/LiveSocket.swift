import Core
import Foundation
import NIOHTTP1
import TestSupport

@testable import maitre

/// A client of the live stream that reads JSON.
struct LiveSocket: Sendable {
    let socket: RawSocket

    /// The next message of the server.
    func next(seconds: Double = 10) async throws -> JSONElement {
        while let frame = await socket.frame(seconds: seconds) {
            switch frame.opcode {
            case 1: return try JSONDocument(parsing: frame.payload).root
            case 8: throw TestFailure("closed with \(frame.code ?? 0): \(String(decoding: frame.payload.dropFirst(2), as: UTF8.self))")
            default: continue
            }
        }
        throw TestFailure("nothing came")
    }

    /// The next message that `condition` holds for; others are skipped.
    func next(seconds: Double = 20, _ what: String, where condition: (JSONElement) -> Bool) async throws -> JSONElement {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            guard let message = try? await next(seconds: 1) else {
                if await socket.ends(seconds: 0) { break }
                continue
            }
            if condition(message) { return message }
        }
        throw TestFailure("did not come: \(what)")
    }

    func next(_ type: String) async throws -> JSONElement {
        try await next(type) { $0["type"]?.string == type }
    }

    /// Whatever comes within that time.
    func all(seconds: Double) async -> [JSONElement] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var messages: [JSONElement] = []
        while ContinuousClock.now < deadline {
            if let message = try? await next(seconds: 0.1) { messages.append(message) }
        }
        return messages
    }

    func say(_ json: String) async { await socket.send(text: json) }

    func closeCode(seconds: Double = 10) async -> UInt16? { await socket.closeCode(seconds: seconds) }

    func close() async { await socket.close() }
}

extension Installation {
    var port: Int { URL(string: baseURL)?.port ?? 0 }

    /// Sends the request for a socket, with any headers; the status of the answer is in its first line.
    func upgrade(_ path: String, headers: [(String, String)] = []) async throws -> (head: String, socket: RawSocket) {
        let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        let socket = try await RawSocket.open(port, path: path, headers: lines)
        return (await socket.head(), socket)
    }

    func live(_ path: String, headers: [(String, String)] = []) async throws -> LiveSocket {
        let (head, socket) = try await upgrade(path, headers: headers)
        guard head.hasPrefix("HTTP/1.1 101 ") else { throw TestFailure("no socket: \(head)") }
        return LiveSocket(socket: socket)
    }

    /// As the owner of a demo restaurant, by the header of a server.
    func live(_ index: Int, query: String = "") async throws -> LiveSocket {
        let merchant = demo.merchants[index]
        return try await live(
            "/api/v1/realtime\(query)",
            headers: [("Authorization", "Bearer \(merchant.pat)"), ("X-Restaurant-Id", merchant.restaurantId)]
        )
    }

    func ticket(_ index: Int, origin: String? = nil) async throws -> String {
        let answer = try await owner(index, .POST, "/realtime/tickets", headers: origin.map { [("Origin", $0)] } ?? [])
        guard answer.status == 201, let ticket = try answer.json["ticket"]?.string else { throw TestFailure("no ticket: \(answer.status)") }
        return ticket
    }

    /// Many events at once, as a busy restaurant makes them: messages of the restaurant's handset, of type `marker`, with sequences from 1 on.
    ///
    /// - Parameter bytes: of each; above 300 they are larger than any real one, and to be forgotten.
    func burst(_ count: Int, at index: Int, marker: String, bytes: Int = 10) async throws {
        let filler = String(repeating: "x", count: bytes)
        _ = try await sql(
            """
            with new as (
                insert into app.events (merchant_id, id, type, data)
                select '\(demo.merchants[index].restaurantId)',
                    overlay(app.uuid_v7_floor(now())::text placing substr(gen_random_uuid()::text, 16) from 16)::uuid, 'message_sent',
                    jsonb_build_object('messageId', gen_random_uuid(), 'sequence', n, 'type', '\(marker)', 'status', 'sent', 'sender', 'phone',
                        'providerMessageId', '\(filler)')
                from generate_series(1, \(count)) n returning 1)
            select count(*)::text from new
            """
        )
    }

    func forgetBursts() async throws {
        _ = try await sql(
            "with old as (delete from app.events where data->>'sender' = 'phone' returning 1) select count(*)::text from old"
        )
    }
}

import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import maitre

/// A client of `/events/stream`: what it has got so far, frame by frame, while the connection lasts.
final class EventSource: Sendable {
    struct Frame: Sendable {
        var id: String?
        var event = ""
        var data = ""
        let at: ContinuousClock.Instant

        var json: JSONElement? { try? JSONDocument(parsing: data).root }
        /// The text of the message that came or went, where it is one.
        var text: String? { json?["data"]?["message"]?["text"]?["body"]?.string }
    }

    private struct State {
        var frames: [Frame] = []
        var comments = 0
        var endedAt: ContinuousClock.Instant?
    }

    let status: Int
    let contentType: String
    private let state: Reference
    private let reading: Task<Void, Never>

    private final class Reference: Sendable {
        let value = Mutex(State())
    }

    private init(status: Int, contentType: String, state: Reference, reading: Task<Void, Never>) {
        self.status = status
        self.contentType = contentType
        self.state = state
        self.reading = reading
    }

    deinit { reading.cancel() }

    var frames: [Frame] { state.value.withLock { $0.frames } }
    var comments: Int { state.value.withLock { $0.comments } }
    var endedAt: ContinuousClock.Instant? { state.value.withLock { $0.endedAt } }
    /// Without what the stream itself says.
    var events: [Frame] { frames.filter { !["connected", "resync", "end"].contains($0.event) } }
    var lastID: String? { frames.last { $0.id != nil }?.id }

    /// Goes away without a word.
    func close() async {
        reading.cancel()
        await reading.value
    }

    fileprivate static func open(_ request: HTTPClientRequest, _ client: HTTPClient) async throws -> EventSource {
        let response = try await client.execute(request, timeout: .seconds(120))
        let state = Reference()
        let reading = Task {
            var lines = Lines()
            do {
                for try await buffer in response.body { lines.take(buffer, into: state) }
            } catch {}
            state.value.withLock { $0.endedAt = .now }
        }
        return EventSource(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "content-type") ?? "",
            state: state,
            reading: reading
        )
    }

    /// Lines as the HTML standard reads them (9.2.6).
    private struct Lines {
        private var rest: [UInt8] = []
        private var frame = Frame(at: .now)

        mutating func take(_ buffer: ByteBuffer, into state: Reference) {
            rest += buffer.readableBytesView
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeSubrange(...end)
                if line.isEmpty {
                    if !frame.data.isEmpty { state.value.withLock { [frame] in $0.frames.append(frame) } }
                    frame = Frame(at: .now)
                } else if line.hasPrefix(":") {
                    state.value.withLock { $0.comments += 1 }
                } else if let colon = line.firstIndex(of: ":") {
                    let value = String(line[line.index(colon, offsetBy: 2)...])
                    switch line[..<colon] {
                    case "id": frame.id = value
                    case "event": frame.event = value
                    default: frame.data += value
                    }
                }
            }
        }
    }
}

extension Installation {
    /// A stream of a restaurant's events, as its owner or with a key.
    func stream(_ index: Int, after last: String? = nil, key: String? = nil, path: String = "/api/v1/events/stream") async throws
        -> EventSource
    {
        var request = HTTPClientRequest(url: baseURL + path)
        let merchant = demo.merchants[index]
        request.headers.add(name: "Authorization", value: "Bearer \(key ?? merchant.pat)")
        request.headers.add(name: "X-Restaurant-Id", value: merchant.restaurantId)
        if let last { request.headers.add(name: "Last-Event-ID", value: last) }
        return try await EventSource.open(request, client)
    }

    /// A merchant key that may read events; its id and the token.
    func eventsKey(_ index: Int) async throws -> (id: String, token: String) {
        let made = try await owner(index, .POST, "/api-keys", json: #"{"name":"screen","scopes":["events:read"]}"#).json
        return (made["id"]?.string ?? "", made["token"]?.string ?? "")
    }

    /// Every event in the database is as `openapi.yaml` says, but for those that a test made up, which have a mark.
    func eventsAreAsDescribed() async throws {
        let check = try SchemaCheck.ofThisProject()
        for row in try await sql("select type || ' ' || data::text from app.events where not data ? 'mark'") {
            let parts = row.split(separator: " ", maxSplits: 1)
            let findings = try check.findings(inDataOf: String(parts[0]), parts[1].utf8)
            #expect(findings.isEmpty, "\(parts[0]): \(findings.joined(separator: "; "))")
        }
    }
}

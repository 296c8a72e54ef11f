import API
import Core
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import maitre

/// What happens is told over HTTP: H2, H4.
@Suite(.serialized)
struct EventStreamTests {
    private static func text(_ body: String) -> String { #"{"type":"text","text":{"body":"\#(body)"}}"# }

    @Test(
        "H2 H4: a message that comes in is on the stream at once, and in GET /events the same; another restaurant's stream has nothing of it"
    )
    func live() async throws {
        try await Installation.run { maitre in
            let before = try await maitre.owner(0, .GET, "/events").json
            let stream = try await maitre.stream(0)
            let other = try await maitre.stream(1)
            #expect(stream.status == 200)
            #expect(stream.contentType == "text/event-stream")
            try await maitre.eventually("both are connected") { stream.frames.count == 1 && other.frames.count == 1 }
            let hello = try #require(stream.frames.first?.json)
            #expect(hello["type"]?.string == "connected")
            #expect(hello["message"]?.string == "Subscribed to events")
            #expect(hello["resumed"]?.bool == false)
            try await maitre.receive(Self.text("marker-one"), from: "966500000801", at: 0)
            try await maitre.eventually("the message and its answer, read") {
                stream.events.contains { $0.text == "marker-one" }
                    && stream.events.contains { $0.event == "message_status_changed" && $0.json?["data"]?["status"]?.string == "read" }
            }
            try await maitre.drained()
            // A marker of the other restaurant comes after everything that could have leaked.
            try await maitre.receive(Self.text("marker-two"), from: "966500000802", at: 1)
            try await maitre.eventually("the other one's") { other.events.contains { $0.text == "marker-two" } }
            #expect(!other.events.contains { $0.data.contains("marker-one") || $0.data.contains("966500000801") })
            #expect(!stream.events.contains { $0.data.contains("marker-two") })
            let conversation = try #require(try await maitre.conversations(0).first?["id"]?.string)
            #expect(stream.events.allSatisfy { $0.json?["conversationId"]?.string == conversation })
            // The same events, byte for byte, for whoever asks.
            let start = try #require(before["nextPosition"]?.string)
            let page = try await maitre.owner(0, .GET, "/events?limit=100&after=\(start)").json
            let listed = page["data"]?.elements ?? []
            #expect(listed.map(\.rawText) == stream.events.map(\.data))
            #expect(stream.events.map(\.id) == listed.map { $0["position"]?.string })
            #expect(stream.events.map(\.event) == listed.map { $0["type"]?.string ?? "" })
            // And in pages, by type, and without a position the last ones.
            let received = try await maitre.owner(0, .GET, "/events?types=message_received&after=\(start)").json
            #expect(received["data"]?.elements.count == 1)
            let last = try await maitre.owner(0, .GET, "/events?limit=1").json
            #expect(last["data"]?.elements.first?.rawText == listed.last?.rawText)
            #expect(last["hasMore"]?.bool == false)
            let next = try #require(page["nextPosition"]?.string)
            #expect(try await maitre.owner(0, .GET, "/events?after=\(next)").json["data"]?.elements.isEmpty == true)
        }
    }

    @Test("H4: Last-Event-ID brings what was missed, in order and once; what nobody knows any more brings one resync")
    func resume() async throws {
        try await Installation.run { maitre in
            let first = try await maitre.stream(0)
            let chat = try await maitre.open("966500000803", at: 0)
            try await maitre.drained()
            try await maitre.eventually("the last") { first.events.contains { $0.json?["data"]?["mode"]?.string == "agent" } }
            let (seen, last) = (first.events, try #require(first.lastID))
            await first.close()
            for number in 0..<20 { try await maitre.receive(Self.text("m\(number)"), from: chat.customer, at: 0) }
            try await maitre.drained()
            let path = "/api/events/stream?lastEventId=\(last)"
            for stream in [try await maitre.stream(0, after: last), try await maitre.stream(0, path: path)] {
                try await maitre.receive(Self.text("live"), from: chat.customer, at: 0)
                try await maitre.eventually("everything, and what comes") { stream.events.contains { $0.text == "live" } }
                #expect(stream.frames.first?.json?["resumed"]?.bool == true)
                let texts = stream.events.compactMap(\.text)
                #expect(Array(texts.prefix(20)) == (0..<20).map { "m\($0)" })
                let ids = stream.events.compactMap(\.id)
                #expect(Set(ids).count == stream.events.count)
                #expect(Set(ids).isDisjoint(with: seen.compactMap(\.id)))
                await stream.close()
            }
            // From elsewhere, and nonsense.
            for lost in [EventPositions.foreign, "42", String(repeating: "x", count: 150)] {
                let stream = try await maitre.stream(0, after: lost)
                try await maitre.eventually("a resync") { stream.frames.first?.event == "resync" }
                #expect(stream.frames.first?.id != nil)
                let answer = try await maitre.owner(0, .GET, "/events?after=\(lost.prefix(100))")
                #expect([400, 410].contains(answer.status))
                try await maitre.receive(Self.text("after \(lost.count)"), from: chat.customer, at: 0)
                try await maitre.eventually("it goes on") { stream.events.contains { $0.text == "after \(lost.count)" } }
                await stream.close()
            }
            #expect(try await maitre.owner(0, .GET, "/events?after=\(EventPositions.foreign)").json["code"]?.string == "position_gone")
            #expect(try await maitre.owner(0, .GET, "/events?after=42").json["code"]?.string == "invalid_cursor")
            #expect(try await maitre.owner(0, .GET, "/events?types=message_sent,made_up").status == 422)
        }
    }

    @Test("H2: every type of the catalogue has a cause, and what is told is what openapi.yaml says")
    func catalogue() async throws {
        try await Installation.run { maitre in
            let stream = try await maitre.stream(2)
            try await maitre.eventually("connected") { stream.frames.count == 1 }
            try await maitre.allow(daily: 1, at: 2)
            let chat = try await maitre.open("447700900099", at: 2)
            let sent = try await chat.say("At seven?")
            try await chat.reaches("read", sent)
            _ = try await maitre.owner(2, .POST, "/conversations/\(chat.id)/read")
            let reaction = #"{"type":"reaction","reaction":{"message_id":"\#(chat.first)","emoji":"👍"}}"#
            try await maitre.receive(reaction, from: chat.customer, at: 2)
            for status in ["stopped", "stopped", "active"] {
                #expect(try await maitre.changeChannel(2, #"{"status":"\#(status)"}"#).status == 200)
            }
            // A channel that is what it was connected to: the demo's was made before anybody watched.
            let made = try await maitre.sql("select count(*)::text from app.events where type = 'bot_connected'")
            #expect(made == ["\(maitre.demo.merchants.flatMap(\.channels).count + 1)"])
            try await maitre.drained()
            let types = Set(try await maitre.sql("select distinct type from app.events"))
            let described = try SchemaCheck.ofThisProject().events
            // What disables an endpoint takes days or a 410: WebhookEndpointTests have that.
            #expect(types == described.subtracting(["webhook_disabled"]))
            try await maitre.eventually("all of it is on the stream") { Set(stream.events.map(\.event)) == types }
            #expect(stream.events.filter { $0.event == "bot_disconnected" }.count == 1)
            #expect(stream.events.last { $0.event == "bot_disconnected" }?.json?["data"]?["reason"]?.string == "stopped by a person")
        }
    }

    @Test("A4 A7: who is revoked, removed or suspended sees nothing more within a second; without the scope there is no stream")
    func revoked() async throws {
        try await Installation.run { maitre in
            let key = try await maitre.eventsKey(0)
            let restaurant = maitre.demo.merchants[0].restaurantId
            let narrow = try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"till","scopes":["bots:read"]}"#).json["token"]?
                .string
            #expect(try await maitre.stream(0, key: narrow).status == 403)
            #expect(try await maitre.stream(0, key: "mtr_live_x").status == 401)
            #expect(try await maitre.stream(1, key: key.token).status == 403)

            let byKey = try await maitre.stream(0, key: key.token)
            let byToken = try await maitre.stream(0)
            let other = try await maitre.stream(1)
            try await maitre.eventually("all are connected") {
                byKey.frames.count == 1 && byToken.frames.count == 1 && other.frames.count == 1
            }
            #expect(try await maitre.owner(0, .DELETE, "/api-keys/\(key.id)").status == 204)
            let revoked = ContinuousClock.now
            try await maitre.eventually("the key's stream ends", timeout: .seconds(5)) { byKey.endedAt != nil }
            let keyEnded = try #require(byKey.endedAt)
            #expect(revoked.duration(to: keyEnded) < .seconds(1.5))
            #expect(byKey.frames.last?.event == "end")
            #expect(byKey.frames.last?.json?["reason"]?.string == "credential")
            #expect(byToken.endedAt == nil)

            #expect(try await maitre.admin(.POST, "/merchants/\(restaurant)/suspend").status == 200)
            let suspended = ContinuousClock.now
            try await maitre.eventually("its people's stream ends", timeout: .seconds(5)) { byToken.endedAt != nil }
            let tokenEnded = try #require(byToken.endedAt)
            #expect(suspended.duration(to: tokenEnded) < .seconds(1.5))
            // What is stored meanwhile is not shown to those who were there.
            try await maitre.receive(Self.text("while suspended"), from: "966500000804", at: 0)
            try await maitre.drained()
            #expect(!byToken.events.contains { $0.text == "while suspended" })
            #expect(other.endedAt == nil)
        }
    }

    @Test("H4: as many streams as a credential may have, and another one when one has gone")
    func caps() async throws {
        try await Installation.run(configure: { $0.streams.perCredential = 2 }) { maitre in
            let key = try await maitre.eventsKey(0)
            let (one, two) = (try await maitre.stream(0, key: key.token), try await maitre.stream(0, key: key.token))
            #expect(one.status == 200)
            #expect(two.status == 200)
            let third = try await maitre.request(.GET, "/api/v1/events/stream", token: key.token)
            #expect(third.status == 429)
            #expect(third.headers.first(name: "Retry-After") != nil)
            #expect(try await maitre.stream(0).status == 200)
            await one.close()
            // Long before a heartbeat notices that nobody is there.
            try await maitre.eventually("there is room again", timeout: .seconds(5)) {
                let stream = try await maitre.stream(0, key: key.token)
                await stream.close()
                return stream.status == 200
            }
        }
    }

    @Test("J4: a node that stops ends its streams at once, and says so; the client goes on at the next node where it was")
    func shutdown() async throws {
        try await withMigratedDatabase { database in
            let (known, streams) = (Kept<DemoFile>(), Kept<EventSource>())
            let started = Kept<ContinuousClock.Instant>()
            try await Installation.run(on: database) { maitre in
                let stream = try await maitre.stream(0)
                try await maitre.eventually("connected") { stream.frames.count == 1 }
                known.value = maitre.demo
                streams.value = stream
                started.value = .now
            }
            let took = try #require(started.value).duration(to: .now)
            #expect(took < .seconds(8), "a stream held up the shutdown: \(took)")
            let stream = try #require(streams.value)
            #expect(stream.frames.last?.json?["reason"]?.string == "restart")
            try await Installation.run(on: database, known: known.value) { maitre in
                let again = try await maitre.stream(0, after: stream.lastID)
                try await maitre.eventually("resumed") { again.frames.first?.json?["resumed"]?.bool == true }
            }
        }
    }

    @Test("H4: a stream outlives the limits of ordinary answers; a reader that takes nothing is cut off, and its place is free again")
    func connectionLimits() async throws {
        try await Installation.run(configure: { configuration in
            configuration.connection.answer = .seconds(1)
            configuration.connection.write = .seconds(1)
            configuration.connection.idle = .seconds(1)
            configuration.streams.heartbeat = .milliseconds(200)
            configuration.streams.perCredential = 1
        }) { maitre in
            let key = try await maitre.eventsKey(0)
            let stream = try await maitre.stream(0)
            let stuck = try await StuckReader.open(maitre, key: key.token)
            #expect(try await maitre.stream(0, key: key.token).status == 429)
            try await Task.sleep(for: .seconds(3))
            #expect(stream.endedAt == nil)
            #expect(stream.comments >= 5)
            // Far more than the buffers of two sockets hold.
            for _ in 0..<40 {
                _ = try await maitre.sql(
                    """
                    insert into app.events (merchant_id, id, type, data) select '\(maitre.demo.merchants[0].restaurantId)', app.uuid_v7(),
                        'conversation_updated', jsonb_build_object('conversationId', gen_random_uuid()) || jsonb_build_object('pad', repeat('x', 100000))
                    from generate_series(1, 5) returning ''
                    """
                )
                try await Task.sleep(for: .milliseconds(25))
            }
            try await maitre.eventually("the other reader got all of it") { stream.events.count == 200 || stream.endedAt != nil }
            #expect(stream.events.count == 200)
            try await maitre.eventually("the stuck one is cut off", timeout: .seconds(10)) {
                let again = try await maitre.stream(0, key: key.token)
                await again.close()
                return again.status == 200
            }
            try await stuck.close()
            _ = try await maitre.sql("delete from app.events where data ? 'pad' returning ''")
        }
    }
}

private enum EventPositions {
    /// Of another installation, well formed.
    static let foreign = String(repeating: "A", count: 42) + "Q"
}

/// A client that asks for a stream and reads nothing of it.
private struct StuckReader {
    private let channel: any Channel

    static func open(_ maitre: Installation, key: String) async throws -> StuckReader {
        let port = Int(maitre.baseURL.split(separator: ":").last ?? "") ?? 0
        let group = MultiThreadedEventLoopGroup.singleton
        let begun = group.next().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .channelInitializer { $0.pipeline.addHandler(FirstBytes(begun)) }
            .connect(host: "127.0.0.1", port: port).get()
        let request = "GET /api/v1/events/stream HTTP/1.1\r\nHost: a\r\nX-API-Key: \(key)\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: request))
        channel.read()
        try await begun.futureResult.get()
        return StuckReader(channel: channel)
    }

    func close() async throws {
        try? await channel.close()
    }

    /// Says when the answer has begun.
    private final class FirstBytes: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let begun: EventLoopPromise<Void>

        init(_ begun: EventLoopPromise<Void>) {
            self.begun = begun
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            begun.succeed()
        }

        func channelInactive(context: ChannelHandlerContext) {
            begun.fail(ChannelError.alreadyClosed)
        }
    }
}

import API
import Core
import Foundation
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import maitre

/// What ends a socket: credentials that no longer count, caps, a stopping server. And what it shows meanwhile.
@Suite("Realtime endings")
struct RealtimeEndingTests {
    /// A second is promised, which a machine with nothing else to do keeps with half of it to spare; here other installations run beside this one.
    private static let bound = Duration.seconds(3)

    /// The socket's close code and how long after `end` it came.
    private func closing(_ live: LiveSocket, after end: () async throws -> Void) async throws -> (code: UInt16?, after: Duration) {
        try await end()
        let start = ContinuousClock.now
        let code = await live.closeCode(seconds: 5)
        return (code, ContinuousClock.now - start)
    }

    @Test("A4: a revoked key, one that expires, and a suspended restaurant: closed within a second, with 4403, 4401 and 4403")
    func keys() async throws {
        try await Installation.run { maitre in
            func key(_ more: String = "") async throws -> (id: String, live: LiveSocket) {
                let made = try await maitre.owner(0, .POST, "/api-keys", json: #"{"name":"screen","scopes":["events:read"]\#(more)}"#).json
                let live = try await maitre.live("/api/v1/realtime", headers: [("X-API-Key", made["token"]?.string ?? "")])
                _ = try await live.next("connected")
                return (made["id"]?.string ?? "", live)
            }
            let revoked = try await key()
            var result = try await closing(revoked.live) {
                let status = try await maitre.owner(0, .DELETE, "/api-keys/\(revoked.id)").status
                #expect(status < 300)
            }
            #expect(result.code == 4403)
            #expect(result.after < Self.bound)
            let expiring = try await key()
            result = try await closing(expiring.live) {
                _ = try await maitre.sql(
                    "with old as (update platform.credentials set expires_at = now() + interval '500 ms' where id = '\(expiring.id)' returning 1) select '' from old"
                )
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(result.code == 4401 || result.code == 4403)
            #expect(result.after < Self.bound)
            let suspended = try await key()
            let other = try await maitre.live(1)
            _ = try await other.next("connected")
            result = try await closing(suspended.live) {
                let path = "/merchants/\(maitre.demo.merchants[0].restaurantId)/suspend"
                let status = try await maitre.admin(.POST, path, json: #"{"reason":"unpaid"}"#).status
                #expect(status == 200)
            }
            #expect(result.code == 4403)
            #expect(result.after < Self.bound)
            await other.say(#"{"type":"ping"}"#)
            _ = try await other.next("pong")
        }
    }

    @Test("A5, A7: a member who is removed and a token that is revoked: closed within a second with 4403, also sockets opened by a ticket")
    func people() async throws {
        try await Installation.run { maitre in
            let byHeader = try await maitre.live(0)
            _ = try await byHeader.next("connected")
            let byTicket = try await maitre.live("/api/v1/realtime?ticket=\(maitre.ticket(0))")
            _ = try await byTicket.next("connected")
            let result = try await closing(byHeader) {
                _ = try await maitre.sql(
                    """
                    with gone as (delete from platform.memberships where merchant_id = '\(maitre.demo.merchants[0].restaurantId)' returning 1)
                    select count(*)::text from gone
                    """
                )
            }
            #expect(result.code == 4403)
            #expect(result.after < Self.bound)
            #expect(await byTicket.closeCode(seconds: 1) == 4403)
        }
    }

    @Test("A6: a session that logs out is closed within a second, and one whose access token ends is closed with 4401")
    func sessions() async throws {
        try await Installation.run { maitre in
            let merchant = maitre.demo.merchants[0]
            func logIn() async throws -> String {
                let json = #"{"email":"\#(merchant.email ?? "")","password":"\#(merchant.password ?? "")"}"#
                let answer = try await maitre.request(.POST, "/api/v1/auth/login", headers: [("Origin", maitre.baseURL)], json: json)
                return try #require(try answer.json["accessToken"]?.string)
            }
            func open(_ token: String) async throws -> LiveSocket {
                let made = try await maitre.request(
                    .POST,
                    "/api/v1/realtime/tickets",
                    token: token,
                    restaurant: merchant.restaurantId,
                    headers: [("Origin", maitre.baseURL)]
                )
                let live = try await maitre.live(
                    "/api/v1/realtime?ticket=\(made.json["ticket"]?.string ?? "")",
                    headers: [("Origin", maitre.baseURL)]
                )
                _ = try await live.next("connected")
                return live
            }
            let live = try await open(logIn())
            let result = try await closing(live) {
                _ = try await maitre.sql(
                    "with over as (update platform.sessions set revoked_at = now(), revoked_reason = 'logout' returning 1) select '' from over"
                )
            }
            #expect(result.code == 4403)
            #expect(result.after < Self.bound)
            // A ticket whose token is about to end.
            let token = try await logIn()
            let made = try await maitre.request(.POST, "/api/v1/realtime/tickets", token: token, restaurant: merchant.restaurantId)
            _ = try await maitre.sql(
                "with soon as (update platform.realtime_tickets set session_until = now() + interval '1 second' returning 1) select '' from soon"
            )
            let short = try await maitre.live("/api/v1/realtime?ticket=\(made.json["ticket"]?.string ?? "")")
            _ = try await short.next("connected")
            #expect(await short.closeCode(seconds: 3) == 4401)
        }
    }

    @Test("More sockets than one person, or one restaurant, may have are 4429; those that close make room")
    func caps() async throws {
        try await Installation.run(configure: {
            $0.realtime.socketsPerOwner = 2
            $0.realtime.socketsPerMerchant = 3
        }) { maitre in
            let first = try await maitre.live(0)
            _ = try await first.next("connected")
            let second = try await maitre.live(0)
            _ = try await second.next("connected")
            #expect(try await maitre.live(0).closeCode() == 4429)
            // Another key of the same restaurant, until that is full.
            let platform = [("X-API-Key", maitre.demo.platformKey), ("X-Restaurant-Id", maitre.demo.merchants[0].restaurantId)]
            let third = try await maitre.live("/api/v1/realtime", headers: platform)
            _ = try await third.next("connected")
            #expect(try await maitre.live("/api/v1/realtime", headers: platform).closeCode() == 4429)
            // Another restaurant is not concerned.
            _ = try await maitre.live(1).next("connected")
            await first.close()
            try await maitre.eventually("there is room again") {
                let next = try await maitre.live(0)
                let isIn = (try? await next.next("connected")) != nil
                await next.close()
                return isIn
            }
        }
    }

    @Test("C6: typing goes to whoever watches, on other nodes too, not back, and to the customer; it is never stored")
    func typing() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000810", at: 0)
            let typist = try await maitre.live(0)
            let watcher = try await maitre.live(0)
            let foreign = try await maitre.live(1)
            for live in [typist, watcher, foreign] { _ = try await live.next("connected") }
            await typist.say(#"{"type":"typing_started","conversationId":"\#(chat.id)"}"#)
            let event = try await watcher.next("typing_started")
            #expect(event["conversationId"]?.string == chat.id)
            #expect(event["data"]?["conversationId"]?.string == chat.id)
            #expect(event["data"]?["personId"]?.string?.count == 36)
            #expect(event["position"] == nil)
            let thread = "/threads/\(maitre.number(0))/\(chat.customer)"
            try await maitre.eventually("the customer sees it") {
                try await maitre.simulator(.GET, thread)["typingMilliseconds"]?.int ?? 0 > 0
            }
            // Whoever types and leaves no longer types.
            await typist.close()
            _ = try await watcher.next("typing_stopped")
            #expect(!(await foreign.all(seconds: 0.3)).contains { $0["type"]?.string?.hasPrefix("typing") == true })
            #expect(try await maitre.sql("select type from app.events where type like 'typing%'").isEmpty)
        }
    }

    @Test("H4: counts come every few seconds while somebody watches, from the database, once however many watch")
    func stats() async throws {
        try await Installation.run(configure: { $0.realtime.stats = .milliseconds(300) }) { maitre in
            let first = try await maitre.live(0)
            let second = try await maitre.live(0)
            let other = try await maitre.live(1)
            let empty = try await first.next("stats_updated")["data"]
            #expect(empty?["conversations"]?["bot"]?.int == 0)
            #expect(empty?["messagesToday"]?.int == 0)
            let chat = try await maitre.open("966500000811", at: 0)
            try await maitre.receive(#"{"type":"text","text":{"body":"more"}}"#, from: chat.customer, at: 0)
            for live in [first, second] {
                let event = try await live.next("the counts") {
                    $0["type"]?.string == "stats_updated" && $0["data"]?["messagesToday"]?.int == 3
                        && $0["data"]?["conversations"]?["agent"]?.int == 1
                }
                #expect(event["data"]?["conversations"]?["bot"]?.int == 0)
                #expect(event["data"]?["unreadConversations"]?.int == 1)
                #expect(event["data"]?["unreadMessages"]?.int ?? 0 > 0)
                #expect(event["position"] == nil)
            }
            #expect(try await other.next("stats_updated")["data"]?["messagesToday"]?.int == 0)
            await first.say(#"{"type":"unsubscribe","rooms":["stats"]}"#)
            _ = try await first.next("unsubscribed")
            #expect(await first.all(seconds: 1).isEmpty)
            #expect(!(await second.all(seconds: 1)).isEmpty)
        }
    }

    @Test("A server that stops closes its sockets with 1012 at once")
    func shutdown() async throws {
        let box = LiveBox()
        let start = ContinuousClock.now
        try await Installation.run { maitre in
            let live = try await maitre.live(0)
            _ = try await live.next("connected")
            box.keep(live)
        }
        #expect(await box.live?.closeCode() == 1012)
        #expect(ContinuousClock.now - start < .seconds(25))
    }
}

private final class LiveBox: Sendable {
    private let state = Mutex<LiveSocket?>(nil)
    var live: LiveSocket? { state.withLock { $0 } }
    func keep(_ live: LiveSocket) { state.withLock { $0 = live } }
}

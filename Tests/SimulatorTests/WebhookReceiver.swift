import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

@testable import Simulator

/// A stand-in for the program under test: answers the verification and records every webhook with its exact bytes.
final class WebhookReceiver: Sendable {
    struct Post: Sendable {
        let body: [UInt8]
        let signature: String
        let json: JSONValue

        /// All elements of `value.messages` or `value.statuses`.
        func updates(_ kind: String) -> [JSONValue] {
            values.flatMap { $0[kind]?.elements ?? [] }
        }

        var changes: [JSONValue] { (json["entry"]?.elements ?? []).flatMap { $0["changes"]?.elements ?? [] } }
        var values: [JSONValue] { changes.compactMap { $0["value"] } }
    }

    private struct State {
        var posts: [Post] = []
        var statuses: [HTTPResponse.Status] = []
        var verifyToken = "verify-me"
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var posts: [Post] { state.withLock { $0.posts } }

    /// The next POSTs are answered with these; afterwards with 200.
    func answer(_ statuses: HTTPResponse.Status...) {
        state.withLock { $0.statuses = statuses }
    }

    func expect(verifyToken: String) {
        state.withLock { $0.verifyToken = verifyToken }
    }

    /// Waits until `find` finds something among the posts; nil after ten seconds.
    func first<Found: Sendable>(_ find: @escaping @Sendable ([Post]) -> Found?) async -> Found? {
        await withTaskGroup(of: Found?.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    if let found = find(self.posts) { return found }
                    await self.change()
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(10))
                self.wake()
                return nil
            }
            let found = await group.next() ?? nil
            group.cancelAll()
            wake()
            return found
        }
    }

    /// Waits for so many elements of `value.messages` or `value.statuses`.
    func updates(_ kind: String, count: Int) async -> [JSONValue] {
        await first { posts in
            let updates = posts.flatMap { $0.updates(kind) }
            return updates.count >= count ? updates : nil
        } ?? []
    }

    private func change() async {
        let seen = posts.count
        await withCheckedContinuation { continuation in
            let isNew = state.withLock { state in
                if state.posts.count != seen || Task.isCancelled { return true }
                state.waiters.append(continuation)
                return false
            }
            if isNew { continuation.resume() }
        }
    }

    private func wake() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func application() -> some ApplicationProtocol {
        let router = Router()
        router.get("hook") { [self] request, _ -> Response in
            let query = request.uri.queryParameters
            let expected = state.withLock { $0.verifyToken }
            guard query["hub.mode"] == "subscribe", query["hub.verify_token"].map({ String($0) }) == expected,
                let challenge = query["hub.challenge"]
            else { return Response(status: .forbidden) }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: String(challenge))))
        }
        router.post("hook") { [self] request, _ -> Response in
            let buffer = try await request.body.collect(upTo: 4 << 20)
            let bytes = Array(buffer.readableBytesView)
            let signature = HTTPField.Name("x-hub-signature-256").flatMap { request.headers[$0] } ?? ""
            let post = Post(body: bytes, signature: signature, json: (try? JSONValue(parsing: bytes)) ?? .null)
            let status = state.withLock { state -> HTTPResponse.Status in
                state.posts.append(post)
                return state.statuses.isEmpty ? .ok : state.statuses.removeFirst()
            }
            wake()
            return Response(status: status)
        }
        var logger = Logger(label: "receiver")
        logger.logLevel = .error
        return Application(router: router, logger: logger)
    }
}

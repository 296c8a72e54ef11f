import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Tenancy

/// The foundation with a few routes that do what no real route should: fail in every way, and say who called.
struct TestAPI {
    let authenticator = TestAuthenticator()
    let probe = TestProbe()
    let executed = CallCount()
    var origins: Set<String> = []
    var rateLimiter: RateLimiter?
    var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    func router() -> Router<AppRequestContext> {
        var configuration = APIConfiguration(logger: logger)
        configuration.origins = origins
        configuration.rateLimiter = rateLimiter
        configuration.mapping = ProblemMapping([{ $0 is DatabaseAway ? Problem(.unavailable, headers: [.retryAfter: "2"]) : nil }])
        let api = APIRouter(configuration)
        let health = HealthRoutes(probe: probe, version: "1.0.0")
        health.add(to: api.router)
        api.router.addVersion1 { health.add(to: $0) }
        api.addVersion1(authenticator: authenticator) { base in
            let things = base.group("things", context: MerchantContext.self)
            things.get("/{id}", .anyScope) { _, context in
                JSONResponse { $0.member("merchant", context.merchant.description) }
            }
            things.post("", .anyScope) { request, context in
                let body = try await request.json(context)
                executed.increment()
                return try JSONResponse { $0.member("name", try body.decode { $0.required("name", .text(1...10)) }) }
            }
            things.delete("/{id}", .scope("things:write", .manager)) { _, _ in JSONResponse { _ in } }
            addGuarded(base.group("of-merchants", context: MerchantContext.self))
            addGuarded(base.group("of-readers", context: ReaderContext.self))
            addGuarded(base.group("of-people", context: PersonContext.self))
            base.group("all-things", context: PlatformContext.self).get("", .anyScope) { _, _ in
                JSONResponse { $0.member("kind", "platform") }
            }
        }
        let fail = api.router.group("/fail")
        fail.get("/domain") { _, _ -> Response in
            throw DomainError(.conflict, code: "service_window_closed", message: "The last message is older than 24 hours.")
        }
        fail.get("/unlisted") { _, _ -> Response in throw DomainError(.conflict, code: "made_up", message: "No such code.") }
        fail.get("/fields") { _, _ -> Response in
            throw DomainError.invalid([.init(pointer: "/text/body", code: "too_long", message: "This has at most 4096 characters.")])
        }
        fail.get("/unknown") { _, _ -> Response in throw SecretError(sql: "select password from people") }
        fail.get("/http") { _, _ -> Response in throw HTTPError(.notFound, message: "Coding key `secret` not found") }
        fail.get("/database") { _, _ -> Response in throw DatabaseAway() }
        fail.get("/cancelled") { _, _ -> Response in throw CancellationError() }
        let open = api.router.group("/open")
        open.addMiddleware { BodyRulesMiddleware(.json(maximumBytes: 1024)) }
        open.post("/echo") { request, context in
            let bytes = try await request.bytes(context)
            executed.increment()
            return JSONResponse { $0.member("length", Int64(bytes.count)) }
        }
        return api.finished()
    }

    /// A route for each thing that an `Access` can ask for.
    private func addGuarded(_ group: AccessGroup<some GuardedRequestContext>) {
        group.get("any", .anyScope) { _, _ in JSONResponse { _ in } }
        group.get("scope", .scope("conversations:read")) { _, _ in JSONResponse { _ in } }
        group.get("missing-scope", .scope("things:write")) { _, _ in JSONResponse { _ in } }
        group.get("role", .scope("conversations:read", .manager)) { _, _ in JSONResponse { _ in } }
        group.get("login", .anyScope.loggedIn) { _, _ in JSONResponse { _ in } }
        group.get("people/{person}", .scope("conversations:read", .owner).orOneself("person")) { _, _ in JSONResponse { _ in } }
    }

    func application(_ limits: ConnectionLimits = ConnectionLimits(), addresses: AddressConnections? = nil) -> some ApplicationProtocol {
        Application(
            router: router(),
            server: .guarded(limits, addresses: addresses),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            logger: logger
        )
    }

    /// Serves at most so many connections while `body` runs with the port. The server of HummingbirdTesting forgets how many it may have.
    func serving(
        connections: Int,
        _ limits: ConnectionLimits,
        addresses: AddressConnections,
        _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let server = Application(
            router: router(),
            server: .guarded(limits, addresses: addresses),
            configuration: .init(
                address: .hostname("127.0.0.1", port: 0),
                availableConnectionsDelegate: MaximumAvailableConnections(connections)
            ),
            onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                do {
                    try await body(port)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func test<Value: Sendable>(_ run: @Sendable (any TestClientProtocol) async throws -> Value) async throws -> Value {
        try await application().test(.router) { try await run($0) }
    }
}

struct SecretError: Error { let sql: String }
struct DatabaseAway: Error {}

final class CallCount: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}

final class TestProbe: HealthProbe {
    private let state = Mutex((connected: true, ready: true))
    func set(connected: Bool, ready: Bool) { state.withLock { $0 = (connected, ready) } }
    func databaseConnected() async -> Bool { state.withLock { $0.connected } }
    var isReady: Bool { state.withLock { $0.ready } }
}

extension HTTPFields {
    static let person: HTTPFields = [.authorization: "Bearer \(TestTokens.person)", .restaurantID: TestTokens.own.description]
    static let platform: HTTPFields = [.apiKey: TestTokens.platform]
    static let merchant: HTTPFields = [.apiKey: TestTokens.merchant]
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var json: JSONElement? { try? JSONDocument(parsing: text).root }
    var code: String? { json?["code"]?.string }
    /// Everything but the id of the request, to compare two answers.
    var withoutRequestID: String {
        let id = headers[.requestID] ?? ""
        let fields = headers.filter { $0.name != .requestID && $0.name != .date }.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        return "\(status.code)\n\(fields)\n\(text.replacing(id, with: "ID"))"
    }
}

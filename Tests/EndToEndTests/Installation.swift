import AsyncHTTPClient
import Core
import Foundation
import HTTPTypes
import Jobs
import Logging
import Messaging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import Postgres
import ServiceLifecycle
import Simulator
import Synchronization
import TestSupport

@testable import maitre

/// A whole installation in this process: API, workers and the simulated WhatsApp on one port, against a database of its own. Everything is reached
/// over HTTP, as from outside.
struct Installation: Sendable {
    let baseURL: String
    let demo: DemoFile
    let meta: SimulatedMeta
    let database: MigratedDatabase
    let client: HTTPClient

    /// Runs `body` with a running installation, and stops it gracefully afterwards.
    static func run(
        adjust: @Sendable (inout SimulatorConfiguration) -> Void = { _ in },
        configure: @Sendable (inout NodeConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (Installation) async throws -> Void
    ) async throws {
        try await withMigratedDatabase { database in
            try await run(on: database, adjust: adjust, configure: configure, body)
        }
    }

    /// The same on a database that outlives it.
    ///
    /// - Parameters:
    ///   - chosenPort: nil for a free one.
    ///   - known: the demo data of an earlier run on this database.
    ///   - outside: a simulated WhatsApp that runs elsewhere; nil starts one on the same port.
    static func run(
        on database: MigratedDatabase,
        port chosenPort: Int? = nil,
        known: DemoFile? = nil,
        outside: SimulatedMeta? = nil,
        adjust: @Sendable (inout SimulatorConfiguration) -> Void = { _ in },
        configure: @Sendable (inout NodeConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (Installation) async throws -> Void
    ) async throws {
        let port = if let chosenPort { chosenPort } else { try await freePort() }
        var logger = Logger(label: "test")
        logger.logLevel = .error
        var configuration = NodeConfiguration(
            tenantURL: Secret(try database.url(role: "maitre_tenant")),
            platformURL: Secret(try database.url(role: "maitre_platform")),
            tenantConnections: 4,
            platformConnections: 3,
            keyEncryptionKey: Secret((0..<32).map { UInt8($0) }),
            graphURL: "http://127.0.0.1:\(port)/graph/v24.0",
            ingest: .init(),
            publicURL: "http://127.0.0.1:\(port)",
            concurrency: 16
        )
        configure(&configuration)
        let api = Databases(configuration, purpose: "api", logger: logger)
        let work = WorkNode(
            configuration,
            databases: Databases(configuration, purpose: "work", bell: api.bell, logger: logger),
            logger: logger
        )
        let node = APINode(configuration, databases: api, logger: logger)
        let demo = try await DemoData(node: node).ensure(known: known, baseURL: "http://127.0.0.1:\(port)")
        var simulation = demo.simulator(port: port)
        simulation.delays.delivered = .milliseconds(50)
        simulation.delays.read = .milliseconds(100)
        adjust(&simulation)
        let meta = outside ?? SimulatedMeta(configuration: simulation, logger: logger)
        let ready = WakeSignal()
        var services: [any Service] = api.clients + work.databases.clients
        services.append(api.bell)
        services += work.services()
        if outside == nil { services.append(SimulatorService(meta)) }
        services += node.services(
            host: "127.0.0.1",
            port: port,
            addRoutes: { router in if outside == nil { meta.addRoutes(to: router) } },
            onBound: { _ in ready.signal() }
        )
        let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    await ready.wait(timeout: .seconds(20))
                    let installation = Installation(
                        baseURL: "http://127.0.0.1:\(port)",
                        demo: demo,
                        meta: meta,
                        database: database,
                        client: client
                    )
                    do {
                        try await body(installation)
                        try await installation.eventsAreAsDescribed()
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                    await group.triggerGracefulShutdown()
                }
                while let result = await tasks.nextResult() {
                    if case .failure(let error) = result {
                        // The group still runs down; its own end is of no interest then.
                        await group.triggerGracefulShutdown()
                        while await tasks.nextResult() != nil {}
                        throw error
                    }
                }
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}

/// An answer with its JSON.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    var json: JSONElement {
        get throws { try JSONDocument(parsing: body).root }
    }
}

extension Installation {
    func request(
        _ method: HTTPMethod,
        _ path: String,
        token: String? = nil,
        restaurant: String? = nil,
        headers: [(String, String)] = [],
        json: String? = nil,
        body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let restaurant { request.headers.add(name: "X-Restaurant-Id", value: restaurant) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let json {
            if !request.headers.contains(name: "Content-Type") { request.headers.add(name: "Content-Type", value: "application/json") }
            request.body = .bytes(ByteBuffer(string: json))
        }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 8 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
    }

    /// As the owner of a demo restaurant.
    func owner(_ index: Int, _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], json: String? = nil) async throws
        -> Answer
    {
        let merchant = demo.merchants[index]
        return try await request(
            method,
            "/api/v1" + path,
            token: merchant.pat,
            restaurant: merchant.restaurantId,
            headers: headers,
            json: json
        )
    }

    /// As a customer of a demo restaurant, through the simulated WhatsApp.
    func customer(_ waID: String, says json: String, to index: Int) async throws {
        let number = demo.merchants[index].channels[0].phoneNumberId
        let separator = json.hasPrefix("{") ? String(json.dropFirst()) : json
        let answer = try await request(
            .POST,
            "/simulator/customers/\(waID)/messages",
            json: "{\"phoneNumberId\":\"\(number)\",\(separator)"
        )
        guard (200..<300).contains(answer.status) else {
            throw TestFailure("the simulator answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    /// Asks again until `condition` holds; fails after `timeout`.
    func eventually(
        _ what: String,
        timeout: Duration = .seconds(30),
        _ condition: @Sendable () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw TestFailure("did not happen: \(what)")
    }

    func conversations(_ index: Int) async throws -> [JSONElement] {
        try await owner(index, .GET, "/conversations").json["data"]?.elements ?? []
    }

    /// Oldest first.
    func messages(_ index: Int, of conversation: String) async throws -> [JSONElement] {
        try await owner(index, .GET, "/conversations/\(conversation)/messages?since=0&limit=100").json["data"]?.elements ?? []
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

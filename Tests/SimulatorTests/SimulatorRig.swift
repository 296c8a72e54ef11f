import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Simulator

/// A clock that tests move.
final class ManualClock: Sendable {
    private struct State {
        var offset = Duration.zero
        var stoppedAt: Timestamp?
    }

    private let state = Mutex(State())

    /// Real time, shifted: what is scheduled still happens by itself, unless the clock is stopped.
    var now: Timestamp { state.withLock { ($0.stoppedAt ?? Timestamp.now) + $0.offset } }

    /// From here on only `advance` moves it, so that a test does not depend on how fast it runs.
    func stop() {
        state.withLock { $0.stoppedAt = .now }
    }

    func advance(by duration: Duration) {
        state.withLock { $0.offset += duration }
    }
}

/// A running simulator with a receiver for its webhooks.
struct SimulatorRig: Sendable {
    static let number = "106540352242922"
    static let account = "102290129340398"
    static let token = "EAAtest"
    static let secret = "meta_app_secret_for_tests"
    static let customer = "966500000001"

    let meta: SimulatedMeta
    let receiver: WebhookReceiver
    let client: any TestClientProtocol
    let clock: ManualClock

    static func run(
        configure: @Sendable (inout SimulatorConfiguration) -> Void = { _ in },
        _ test: @Sendable (SimulatorRig) async throws -> Void
    ) async throws {
        let receiver = WebhookReceiver()
        var configuration = SimulatorConfiguration(
            callbackURL: "",
            apps: [SimulatedApp(appID: "1", appSecret: Secret(secret), verifyToken: Secret("verify-me"))],
            phoneNumbers: [
                SimulatedPhoneNumber(
                    phoneNumberID: number,
                    wabaID: account,
                    displayNumber: "966500000099",
                    accessToken: Secret(token),
                    restaurantName: "مطعم الديرة",
                    locale: "ar"
                ),
                SimulatedPhoneNumber(
                    phoneNumberID: "206540352242922",
                    wabaID: "202290129340398",
                    displayNumber: "622150000099",
                    accessToken: Secret("EAAother"),
                    restaurantName: "Warung Sari",
                    locale: "id"
                ),
            ],
            delays: SimulatorDelays(
                sent: .milliseconds(5),
                delivered: .milliseconds(15),
                read: .milliseconds(25),
                templateReview: .milliseconds(10),
                webhookTimeout: .milliseconds(500),
                webhookRetries: [.zero, .milliseconds(20), .milliseconds(40)],
                heldRequest: .milliseconds(200)
            ),
            window: ServiceWindowPolicy(enforcement: .status, openForUnknownCustomers: true),
            verifiesCallbackOnStart: false
        )
        configure(&configuration)
        let clock = ManualClock()
        let prepared = configuration
        try await receiver.application().test(.live) { receiverClient in
            var configuration = prepared
            let port = try #require(receiverClient.port)
            configuration.callbackURL = "http://localhost:\(port)/hook"
            var logger = Logger(label: "simulator")
            logger.logLevel = .error
            let meta = SimulatedMeta(configuration: configuration, logger: logger) { clock.now }
            let router = Router(context: SimulatorRequestContext.self)
            meta.addRoutes(to: router)
            let application = Application(router: router, services: [SimulatorService(meta)], logger: logger)
            try await application.test(.ahc()) { client in
                try await test(SimulatorRig(meta: meta, receiver: receiver, client: client, clock: clock))
            }
        }
    }

    struct Answer: Sendable {
        let status: HTTPResponse.Status
        let json: JSONValue
        let bytes: [UInt8]
        let headers: HTTPFields

        var errorCode: Int? { json["error"]?["code"]?.int }
    }

    func request(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue? = nil,
        token: String? = nil,
        raw: [UInt8]? = nil,
        contentType: String = "application/json"
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let token { headers[.authorization] = "Bearer \(token)" }
        let bytes = raw ?? body?.bytes()
        if bytes != nil { headers[.contentType] = contentType }
        let response = try await client.execute(uri: path, method: method, headers: headers, body: bytes.map { ByteBuffer(bytes: $0) })
        let answer = Array(response.body.readableBytesView)
        return Answer(
            status: response.status,
            json: (try? JSONValue(parsing: answer)) ?? .null,
            bytes: answer,
            headers: response.headers
        )
    }

    /// `POST /{PHONE_ID}/messages`; `messaging_product` and `to` are added where they are missing.
    func send(
        _ message: JSONValue,
        from number: String = number,
        token: String? = token,
        to: String = customer,
        addsCommonKeys: Bool = true
    ) async throws -> Answer {
        var object = try #require(message.object)
        if addsCommonKeys {
            if object["messaging_product"] == nil { object["messaging_product"] = "whatsapp" }
            if object["to"] == nil, object["recipient"] == nil, object["status"] == nil { object["to"] = .string(to) }
        }
        return try await request(.post, "/graph/v24.0/\(number)/messages", .object(object), token: token)
    }

    func text(_ body: String, data: String? = nil, to: String = customer) async throws -> Answer {
        try await send(["type": "text", "text": ["body": .string(body)], "biz_opaque_callback_data": data.map { .string($0) }], to: to)
    }

    /// The customer sends `message`.
    @discardableResult
    func receive(_ message: JSONValue, from customer: String = customer, name: String = "Sara", identity: String? = nil) async throws
        -> Answer
    {
        try await request(
            .post,
            "/simulator/customers/\(customer)/messages",
            [
                "phoneNumberId": .string(Self.number), "name": .string(name), "identity": identity.map { .string($0) },
                "message": message,
            ]
        )
    }

    func fault(_ rule: JSONValue) async throws {
        let answer = try await request(.post, "/simulator/faults", rule)
        #expect(answer.status == .created, "\(String(decoding: answer.bytes, as: UTF8.self))")
    }
}

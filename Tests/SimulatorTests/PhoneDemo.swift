import AsyncHTTPClient
import Core
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import Simulator

/// Serves the phone page with a small bot behind it, for looking at it in a browser and for taking pictures:
/// `MAITRE_PHONE_PORT=8099 swift test --filter PhoneDemo`, then open `http://127.0.0.1:8099/phone`.
@Suite("Phone demo", .enabled(if: ProcessInfo.processInfo.environment["MAITRE_PHONE_PORT"] != nil))
struct PhoneDemo {
    @Test("Serves the page until the test is stopped or MAITRE_PHONE_SECONDS are over")
    func serve() async throws {
        let environment = ProcessInfo.processInfo.environment
        let port = try #require(environment["MAITRE_PHONE_PORT"].flatMap { Int($0) })
        let seconds = environment["MAITRE_PHONE_SECONDS"].flatMap { Int($0) } ?? 600
        func number(_ id: String, _ display: String, _ name: String, _ locale: String) -> SimulatedPhoneNumber {
            SimulatedPhoneNumber(
                phoneNumberID: id,
                wabaID: "9" + id,
                displayNumber: display,
                accessToken: Secret("EAA"),
                restaurantName: name,
                locale: locale
            )
        }
        let configuration = SimulatorConfiguration(
            callbackURL: "http://127.0.0.1:\(port)/hook",
            apps: [SimulatedApp(appID: "1", appSecret: Secret("secret"), verifyToken: Secret("verify"))],
            phoneNumbers: [
                number("101", "966500000099", "مطعم الديرة", "ar"), number("102", "622150000099", "Warung Sari Rasa", "id"),
                number("103", "442071830099", "The Copper Pan", "en"),
            ],
            templates: ["101", "102", "103"].map { PresetTemplate(wabaID: "9" + $0, definition: Self.template) },
            verifiesCallbackOnStart: false
        )
        let meta = SimulatedMeta(configuration: configuration)
        let router = Router(context: SimulatorRequestContext.self)
        meta.addRoutes(to: router)
        let bot = DemoBot(base: "http://127.0.0.1:\(port)/graph/v24.0")
        router.post("hook") { request, _ -> Response in
            let body = try await request.body.collect(upTo: 4 << 20)
            if let json = try? JSONValue(parsing: Array(body.readableBytesView)) { await bot.answer(json) }
            return Response(status: .ok)
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            services: [SimulatorService(meta)]
        )
        let group = ServiceGroup(services: [application], logger: Logger(label: "demo"))
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await group.run() }
            tasks.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                await group.triggerGracefulShutdown()
            }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    static let template: JSONValue = [
        "name": "order_ready", "language": "en", "category": "UTILITY",
        "components": [
            ["type": "HEADER", "format": "TEXT", "text": "Order {{1}}"],
            ["type": "BODY", "text": "Hi {{1}}, your order {{2}} is on its way to you."],
            ["type": "FOOTER", "text": "Reply STOP to opt out"],
            [
                "type": "BUTTONS",
                "buttons": [["type": "QUICK_REPLY", "text": "Thank you"], ["type": "URL", "text": "Track", "url": "https://x.sa/{{1}}"]],
            ],
        ],
    ]
}

/// Answers the customer's words with every kind of message that the page can show.
private struct DemoBot: Sendable {
    let base: String

    func answer(_ json: JSONValue) async {
        for entry in json["entry"]?.elements ?? [] {
            for change in entry["changes"]?.elements ?? [] {
                guard let value = change["value"], let id = value["metadata"]?["phone_number_id"]?.string else { continue }
                for message in value["messages"]?.elements ?? [] { await answer(message, number: id) }
            }
        }
    }

    private func answer(_ message: JSONValue, number: String) async {
        guard let from = message["from"], let id = message["id"] else { return }
        await post(number, ["status": "read", "message_id": id, "typing_indicator": ["type": "text"]])
        let words = message["text"]?["body"]?.string ?? message["type"]?.string ?? ""
        if words == "typing" { return }
        try? await Task.sleep(for: .milliseconds(300))
        for reply in replies(to: words, id) {
            guard var object = reply.object else { continue }
            object["to"] = from
            await post(number, .object(object))
        }
    }

    private func replies(to words: String, _ id: JSONValue) -> [JSONValue] {
        switch words {
        case "menu":
            [
                [
                    "type": "interactive",
                    "interactive": [
                        "type": "list", "header": ["type": "text", "text": "Menu"], "body": ["text": "What would you like today?"],
                        "footer": ["text": "Prices include VAT"],
                        "action": [
                            "button": "See the menu",
                            "sections": [
                                [
                                    "title": "Mains",
                                    "rows": [
                                        ["id": "1", "title": "Kabsa", "description": "Rice, chicken, raisins · SAR 32"],
                                        ["id": "2", "title": "Mandi", "description": "Slow-cooked lamb · SAR 45"],
                                    ],
                                ],
                                ["title": "Sweets", "rows": [["id": "3", "title": "Kunafa", "description": "SAR 18"]]],
                            ],
                        ],
                    ],
                ]
            ]
        case "template":
            [
                [
                    "type": "template",
                    "template": [
                        "name": "order_ready", "language": ["code": "en"],
                        "components": [
                            ["type": "header", "parameters": [["type": "text", "text": "42"]]],
                            ["type": "body", "parameters": [["type": "text", "text": "Sara"], ["type": "text", "text": "42"]]],
                            ["type": "button", "sub_type": "url", "index": "1", "parameters": [["type": "text", "text": "o/42"]]],
                        ],
                    ],
                ]
            ]
        case "where":
            [
                [
                    "type": "location",
                    "location": ["latitude": "24.7136", "longitude": "46.6753", "name": "مطعم الديرة", "address": "شارع العليا"],
                ],
                [
                    "type": "interactive",
                    "interactive": [
                        "type": "location_request_message", "body": ["text": "Where are you?"], "action": ["name": "send_location"],
                    ],
                ],
            ]
        case "مرحبا":
            [
                [
                    "type": "interactive", "context": ["message_id": id],
                    "interactive": [
                        "type": "button", "body": ["text": "أهلًا بك في *مطعم الديرة* 🌿\nكيف نقدر نساعدك اليوم؟"],
                        "footer": ["text": "نفتح من 12 ظهرًا حتى 1 صباحًا"],
                        "action": [
                            "buttons": [
                                ["type": "reply", "reply": ["id": "menu", "title": "القائمة"]],
                                ["type": "reply", "reply": ["id": "hours", "title": "أوقات العمل"]],
                                ["type": "reply", "reply": ["id": "agent", "title": "التحدث مع شخص"]],
                            ]
                        ],
                    ],
                ]
            ]
        default:
            [
                [
                    "type": "interactive", "context": ["message_id": id],
                    "interactive": [
                        "type": "button", "body": ["text": "Welcome to *The Copper Pan*. We have _everything_ at https://example.com/menu"],
                        "footer": ["text": "Open until 23:00"],
                        "action": [
                            "buttons": [
                                ["type": "reply", "reply": ["id": "menu", "title": "Menu"]],
                                ["type": "reply", "reply": ["id": "hours", "title": "Opening hours"]],
                                ["type": "reply", "reply": ["id": "agent", "title": "Talk to a person"]],
                            ]
                        ],
                    ],
                ],
                ["type": "reaction", "reaction": ["message_id": id, "emoji": "👍"]],
            ]
        }
    }

    private func post(_ number: String, _ body: JSONValue) async {
        guard var object = body.object else { return }
        object["messaging_product"] = "whatsapp"
        var request = HTTPClientRequest(url: "\(base)/\(number)/messages")
        request.method = .POST
        request.headers = ["authorization": "Bearer EAA", "content-type": "application/json"]
        request.body = .bytes(ByteBuffer(bytes: JSONValue.object(object).bytes()))
        if let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(5)), response.status != .ok {
            let text = try? await response.body.collect(upTo: 1 << 16)
            print("the bot's message was refused:", text.map { String(buffer: $0) } ?? "")
        }
    }
}

import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Templates (A11)")
struct TemplateTests {
    static let definition: JSONValue = [
        "name": "order_ready", "language": "ar", "category": "UTILITY", "parameter_format": "POSITIONAL",
        "components": [
            ["type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": ["header_text": ["42"]]],
            ["type": "BODY", "text": "Hi {{1}}, your order {{2}} is ready today.", "example": ["body_text": [["Sara", "42"]]]],
            ["type": "FOOTER", "text": "Sufrah"],
            [
                "type": "BUTTONS",
                "buttons": [
                    ["type": "QUICK_REPLY", "text": "On my way"],
                    ["type": "URL", "text": "Track", "url": "https://x.sa/{{1}}", "example": ["https://x.sa/o/42"]],
                ],
            ],
        ],
    ]

    static let path = "/graph/v24.0/\(SimulatorRig.account)/message_templates"

    static func create(_ rig: SimulatorRig, _ definition: JSONValue = definition) async throws -> SimulatorRig.Answer {
        try await rig.request(.post, path, definition, token: SimulatorRig.token)
    }

    static func named(_ name: String) -> JSONValue {
        var object = definition.object ?? JSONObject()
        object["name"] = .string(name)
        return .object(object)
    }

    static func message(body: [String], header: [String] = ["42"], button: Bool = true, language: String = "ar") -> JSONValue {
        func texts(_ texts: [String]) -> JSONValue { .array(texts.map { ["type": "text", "text": .string($0)] }) }
        return [
            "type": "template",
            "template": [
                "name": "order_ready", "language": ["code": .string(language)],
                "components": .array(
                    [["type": "header", "parameters": texts(header)], ["type": "body", "parameters": texts(body)]]
                        + (button
                            ? [
                                [
                                    "type": "button", "sub_type": "quick_reply", "index": "0",
                                    "parameters": [["type": "payload", "payload": "WAY_42"]],
                                ],
                                ["type": "button", "sub_type": "url", "index": "1", "parameters": texts(["o/42"])],
                            ] : [])
                ),
            ],
        ]
    }

    @Test("Pending, approved after a while with its webhook, then usable; the phone sees it filled in")
    func life() async throws {
        try await SimulatorRig.run { rig async throws in
            let created = try await Self.create(rig)
            #expect(created.json["status"] == "PENDING")
            let id = try #require(created.json["id"]?.string.flatMap { Int64($0) })
            #expect(id > 1 << 53, "an id that a floating-point number cannot hold")
            let value = try #require(await rig.receiver.first { $0.first }?.values.first)
            #expect(value["event"] == "APPROVED")
            #expect(value["message_template_id"] == .int(id), "a JSON integer")
            #expect(rig.receiver.posts.first?.changes.first?["field"] == "message_template_status_update")

            let answer = try await rig.send(Self.message(body: ["Sara", "42"]))
            #expect(answer.status == .ok, "\(String(decoding: answer.bytes, as: UTF8.self))")
            #expect(answer.json["messages"]?.elements?.first?["message_status"] == "accepted")
            let thread = try await rig.request(.get, "/simulator/threads/\(SimulatorRig.number)/\(SimulatorRig.customer)")
            let shown = try #require(thread.json["entries"]?.elements?.first?["content"]?["rendered"])
            #expect(shown["header"]?["text"] == "Order 42")
            #expect(shown["body"] == "Hi Sara, your order 42 is ready today.")
            #expect(shown["footer"] == "Sufrah")
            #expect(shown["buttons"]?.elements?.first?["payload"] == "WAY_42")
            #expect(shown["buttons"]?.elements?.last?["url"] == "https://x.sa/o/42")
            let pricing = try #require(await rig.receiver.updates("statuses", count: 1).first?["pricing"])
            #expect(pricing["category"] == "utility")
        }
    }

    @Test("A template opens no door it should not: closed window is no hindrance, and costs money")
    func outsideWindow() async throws {
        try await SimulatorRig.run {
            $0.window = ServiceWindowPolicy(enforcement: .answer)
            $0.templates = [PresetTemplate(wabaID: SimulatorRig.account, definition: Self.definition)]
        } _: { rig async throws in
            #expect(try await rig.text("x").errorCode == 131_047)
            #expect(try await rig.send(Self.message(body: ["Sara", "42"])).status == .ok)
            let pricing = try #require(await rig.receiver.updates("statuses", count: 1).first?["pricing"])
            #expect(pricing == ["billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"])
        }
    }

    @Test("Wrong variables, language, pause and rejection")
    func refusals() async throws {
        try await SimulatorRig.run {
            $0.templates = [PresetTemplate(wabaID: SimulatorRig.account, definition: Self.definition)]
        } _: { rig async throws in
            #expect(try await rig.send(Self.message(body: ["Sara"])).errorCode == 132_000)
            #expect(try await rig.send(Self.message(body: ["Sara", "42", "x"])).errorCode == 132_000)
            #expect(try await rig.send(Self.message(body: ["Sara", "42"], header: [])).errorCode == 132_000)
            #expect(try await rig.send(Self.message(body: ["Sara", "42"], button: false)).errorCode == 132_000)
            #expect(try await rig.send(Self.message(body: ["Sara\nX", "42"])).errorCode == 132_008)
            let missing = try await rig.send(Self.message(body: ["Sara", "42"], language: "en"))
            #expect(missing.errorCode == 132_001)
            #expect(missing.status == .notFound)
            let id = try #require(try await rig.request(.get, "/simulator/templates").json["templates"]?.elements?.first?["id"]?.string)
            for (status, code) in [("PAUSED", 132_015), ("DISABLED", 132_016), ("REJECTED", 132_001)] {
                let changed = try await rig.request(.post, "/simulator/templates/\(id)/status", ["status": .string(status)])
                #expect(changed.status == .ok)
                #expect(try await rig.send(Self.message(body: ["Sara", "42"])).errorCode == code)
            }
            #expect(try await rig.request(.post, "/simulator/templates/\(id)/status", ["status": "GONE"]).status == .unprocessableContent)
        }
    }

    @Test("Named variables")
    func namedVariables() async throws {
        let definition: JSONValue = [
            "name": "hello", "language": "en_US", "category": "MARKETING", "parameter_format": "NAMED",
            "components": [["type": "BODY", "text": "Dear {{first_name}}, welcome to us."]],
        ]
        try await SimulatorRig.run {
            $0.templates = [PresetTemplate(wabaID: SimulatorRig.account, definition: definition)]
        } _: { rig async throws in
            func send(_ name: String) async throws -> SimulatorRig.Answer {
                try await rig.send([
                    "type": "template",
                    "template": [
                        "name": "hello", "language": ["code": "en-US"],
                        "components": [
                            ["type": "body", "parameters": [["type": "text", "parameter_name": .string(name), "text": "Sara"]]]
                        ],
                    ],
                ])
            }
            #expect(try await send("first_name").status == .ok)
            #expect(try await send("last_name").errorCode == 132_000)
        }
    }

    @Test("Lists come in pages with cursors; filters work; a bad cursor is 131059")
    func paging() async throws {
        try await SimulatorRig.run { rig async throws in
            for index in 0..<7 { #expect(try await Self.create(rig, Self.named("t_\(index)")).status == .ok) }
            var names: [String] = []
            var after = ""
            var pages = 0
            repeat {
                let page = try await rig.request(.get, "\(Self.path)?limit=3\(after)&fields=name,status", token: SimulatorRig.token)
                names += page.json["data"]?.elements?.compactMap { $0["name"]?.string } ?? []
                #expect(page.json["data"]?.elements?.first?["components"] == nil)
                pages += 1
                guard page.json["paging"]?["next"] != nil, let cursor = page.json["paging"]?["cursors"]?["after"]?.string else { break }
                after = "&after=\(cursor)"
            } while pages < 10
            #expect(names == (0..<7).map { "t_\($0)" })
            #expect(pages == 3)
            #expect(try await rig.request(.get, Self.path + "?name=t_3", token: SimulatorRig.token).json["data"]?.elements?.count == 1)
            #expect(try await rig.request(.get, Self.path + "?after=zz!", token: SimulatorRig.token).errorCode == 131_059)
            #expect(try await rig.request(.get, Self.path, token: "EAAother").errorCode == 100)
        }
    }

    @Test("One template, edited and deleted")
    func editAndDelete() async throws {
        try await SimulatorRig.run {
            $0.templates = [PresetTemplate(wabaID: SimulatorRig.account, definition: Self.definition)]
        } _: { rig async throws in
            let list = try await rig.request(.get, Self.path, token: SimulatorRig.token)
            let id = try #require(list.json["data"]?.elements?.first?["id"]?.string)
            let one = try await rig.request(.get, "/graph/v24.0/\(id)?fields=status,quality_score", token: SimulatorRig.token)
            #expect(one.json["status"] == "APPROVED")
            #expect(one.json["quality_score"]?["score"] == "GREEN")
            let edit: JSONValue = ["components": [["type": "BODY", "text": "Changed."]]]
            #expect(try await rig.request(.post, "/graph/v24.0/\(id)", edit, token: SimulatorRig.token).json == ["success": true])
            #expect(try await rig.request(.post, "/graph/v24.0/\(id)", ["components": []], token: SimulatorRig.token).errorCode == 100)
            let deleted = try await rig.request(.delete, Self.path + "?name=order_ready&hsm_id=\(id)", token: SimulatorRig.token)
            #expect(deleted.json == ["success": true])
            #expect(try await rig.request(.delete, Self.path + "?name=order_ready", token: SimulatorRig.token).errorCode == 100)
            #expect(try await rig.request(.get, "/graph/v24.0/\(id)", token: SimulatorRig.token).errorCode == 100)
        }
    }

    static func body(_ text: String) -> JSONValue {
        ["name": "x", "language": "ar", "category": "UTILITY", "components": [["type": "BODY", "text": .string(text)]]]
    }

    @Test(
        "Definitions that Meta refuses",
        arguments: [
            ["name": "Capital", "language": "ar", "category": "UTILITY", "components": [["type": "BODY", "text": "x"]]],
            ["name": "x", "language": "ar", "category": "NEWS", "components": [["type": "BODY", "text": "x"]]],
            ["name": "x", "language": "ar", "category": "UTILITY", "components": []],
            ["name": "x", "language": "ar", "category": "UTILITY", "components": [["type": "FOOTER", "text": "x"]]],
            body("{{1}} at the start is wrong here"), body("at the end is wrong too {{1}}"), body("a gap {{2}} in the numbers here"),
            body("two {{1}}{{2}} beside each other are wrong too"), body("too {{1}} many {{2}} here {{3}}."),
            body(String(repeating: "x", count: 1025)),
            [
                "name": "x", "language": "ar", "category": "UTILITY",
                "components": [["type": "BODY", "text": "x"], ["type": "FOOTER", "text": GraphLimitsTests.long(61)]],
            ],
            [
                "name": "x", "language": "ar", "category": "UTILITY",
                "components": [
                    ["type": "BODY", "text": "x"],
                    [
                        "type": "BUTTONS",
                        "buttons": [
                            ["type": "QUICK_REPLY", "text": "a"], ["type": "PHONE_NUMBER", "text": "c", "phone_number": "+9661"],
                            ["type": "QUICK_REPLY", "text": "b"],
                        ],
                    ],
                ],
            ],
        ] as [JSONValue]
    )
    func definitions(definition: JSONValue) async throws {
        try await SimulatorRig.run { rig async throws in
            #expect(try await Self.create(rig, definition).errorCode == 100)
        }
    }

    @Test("Authentication templates are not for user ids")
    func authentication() async throws {
        let definition: JSONValue = [
            "name": "code", "language": "en", "category": "AUTHENTICATION",
            "components": [["type": "BODY", "text": "Your code is {{1}} for today."]],
        ]
        try await SimulatorRig.run {
            $0.templates = [PresetTemplate(wabaID: SimulatorRig.account, definition: definition)]
        } _: { rig async throws in
            func message(_ recipient: String, _ value: String) -> JSONValue {
                [
                    "type": "template", recipient: .string(value),
                    "template": [
                        "name": "code", "language": ["code": "en"],
                        "components": [["type": "body", "parameters": [["type": "text", "text": "123456"]]]],
                    ],
                ]
            }
            #expect(try await rig.send(message("recipient", "SA.1349")).errorCode == 131_062)
            #expect(try await rig.send(message("to", SimulatorRig.customer)).status == .ok)
        }
    }

    @Test("The same name and language twice is refused")
    func twice() async throws {
        try await SimulatorRig.run { rig async throws in
            #expect(try await Self.create(rig).status == .ok)
            #expect(try await Self.create(rig).errorCode == 100)
        }
    }
}

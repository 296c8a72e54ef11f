import Core
import HTTPTypes
import Testing

@testable import Simulator

@Suite("Limits of sends (A9)")
struct GraphLimitsTests {
    static func long(_ count: Int) -> JSONValue { .string(String(repeating: "ب", count: count)) }

    static func buttons(_ titles: [String], ids: [String]? = nil) -> JSONValue {
        let ids = ids ?? titles.indices.map { "id\($0)" }
        let buttons = zip(titles, ids).map { title, id -> JSONValue in
            ["type": "reply", "reply": ["id": .string(id), "title": .string(title)]]
        }
        return interactive(["type": "button", "body": ["text": "?"], "action": ["buttons": .array(buttons)]])
    }

    static func interactive(_ payload: JSONValue) -> JSONValue { ["type": "interactive", "interactive": payload] }

    static func list(
        sections: Int,
        rows: Int,
        button: JSONValue = "Choose",
        title: JSONValue? = "S",
        rowTitle: JSONValue = "R",
        description: JSONValue? = nil,
        header: JSONValue? = nil,
        body: JSONValue = "?"
    ) -> JSONValue {
        let sections = (0..<sections).map { section -> JSONValue in
            let rows = (0..<rows).map { row -> JSONValue in
                ["id": .string("\(section)-\(row)"), "title": rowTitle, "description": description]
            }
            return ["title": title, "rows": .array(rows)]
        }
        return interactive([
            "type": "list", "header": header, "body": ["text": body], "action": ["button": button, "sections": .array(sections)],
        ])
    }

    static func link(_ text: JSONValue, _ url: JSONValue) -> JSONValue {
        interactive([
            "type": "cta_url", "body": ["text": "?"],
            "action": ["name": "cta_url", "parameters": ["display_text": text, "url": url]],
        ])
    }

    static let accepted: [(String, JSONValue)] = [
        ("text of 4096", ["type": "text", "text": ["body": long(4096)]]),
        ("type defaults to text", ["text": ["body": "x"]]),
        ("image by link", ["type": "image", "image": ["link": "https://cdn.example/x.jpg", "caption": long(1024)]]),
        ("location as strings", ["type": "location", "location": ["latitude": "24.7136", "longitude": "46.6753", "name": "Branch"]]),
        ("location as numbers", ["type": "location", "location": ["latitude": .number("24.7136"), "longitude": .number("-46.6")]]),
        ("contacts", ["type": "contacts", "contacts": [["name": ["formatted_name": "B", "first_name": "B"]]]]),
        ("reaction", ["type": "reaction", "reaction": ["message_id": "wamid.in", "emoji": "❤️"]]),
        ("reaction removed", ["type": "reaction", "reaction": ["message_id": "wamid.in", "emoji": ""]]),
        ("keycap reaction", ["type": "reaction", "reaction": ["message_id": "wamid.in", "emoji": "1️⃣"]]),
        ("three buttons of 20", buttons(["12345678901234567890", "b", "c"])),
        (
            "body of 1024",
            interactive([
                "type": "button", "body": ["text": long(1024)], "footer": ["text": long(60)], "header": ["type": "text", "text": long(60)],
                "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]],
            ])
        ),
        (
            "image header on buttons",
            interactive([
                "type": "button", "header": ["type": "image", "image": ["link": "https://x.sa/a.jpg"]], "body": ["text": "?"],
                "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]],
            ])
        ),
        ("list of ten rows", list(sections: 2, rows: 5, title: long(24), rowTitle: long(24), description: long(72))),
        ("one section needs no title", list(sections: 1, rows: 10, title: nil)),
        ("link", link("12345678901234567890", "https://x.sa/pay")),
        (
            "location request",
            interactive(["type": "location_request_message", "body": ["text": "Where?"], "action": ["name": "send_location"]])
        ),
        ("product", interactive(["type": "product", "action": ["catalog_id": "354", "product_retailer_id": "B"]])),
        (
            "flow",
            interactive([
                "type": "flow", "body": ["text": "?"],
                "action": ["name": "flow", "parameters": ["flow_message_version": "3", "flow_id": "1", "flow_cta": "Open"]],
            ])
        ),
        ("correlation data of 512", ["type": "text", "text": ["body": "x"], "biz_opaque_callback_data": long(512)]),
        ("a quoted reply", ["type": "text", "text": ["body": "x"], "context": ["message_id": "wamid.in"]]),
    ]

    @Test("What keeps the limits is accepted", arguments: accepted)
    func accepts(name: String, message: JSONValue) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.send(message)
            #expect(answer.status == .ok, "\(name): \(String(decoding: answer.bytes, as: UTF8.self))")
        }
    }

    static let refused: [(String, JSONValue, Int)] = [
        ("text of 4097", ["type": "text", "text": ["body": long(4097)]], 100),
        ("empty text", ["type": "text", "text": ["body": ""]], 131_008),
        ("no payload", ["type": "text"], 131_008),
        ("unknown type", ["type": "fax", "fax": ["a": 1]], 100),
        ("caption of 1025", ["type": "image", "image": ["link": "https://x.sa/x.jpg", "caption": long(1025)]], 100),
        ("image with id and link", ["type": "image", "image": ["link": "https://x.sa/x.jpg", "id": "1"]], 100),
        ("unknown media id", ["type": "image", "image": ["id": "1"]], 100),
        ("not a web address", ["type": "image", "image": ["link": "file:///etc/passwd"]], 100),
        ("caption on audio", ["type": "audio", "audio": ["link": "https://x.sa/a.ogg", "caption": "x"]], 100),
        ("latitude out of range", ["type": "location", "location": ["latitude": 91, "longitude": 0]], 131_009),
        ("258 contacts", ["type": "contacts", "contacts": .array(Array(repeating: ["name": ["formatted_name": "B"]], count: 258))], 100),
        ("letters as reaction", ["type": "reaction", "reaction": ["message_id": "wamid.in", "emoji": "ok"]], 131_009),
        ("four buttons", buttons(["a", "b", "c", "d"]), 131_009),
        ("no buttons", buttons([]), 131_009),
        ("title of 21", buttons(["123456789012345678901"]), 100),
        ("same title twice", buttons(["a", "a"]), 131_009),
        ("same id twice", buttons(["a", "b"], ids: ["x", "x"]), 131_009),
        ("id of 257", buttons(["a"], ids: [String(repeating: "x", count: 257)]), 100),
        (
            "body of 1025",
            interactive([
                "type": "button", "body": ["text": long(1025)],
                "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]],
            ]), 100
        ),
        (
            "no body", interactive(["type": "button", "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]]]),
            131_008
        ),
        (
            "footer of 61",
            interactive([
                "type": "button", "body": ["text": "?"], "footer": ["text": long(61)],
                "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]],
            ]), 100
        ),
        (
            "header of 61",
            interactive([
                "type": "button", "body": ["text": "?"], "header": ["type": "text", "text": long(61)],
                "action": ["buttons": [["type": "reply", "reply": ["id": "a", "title": "a"]]]],
            ]), 100
        ),
        ("eleven rows in total", list(sections: 2, rows: 6), 131_009),
        ("eleven sections", list(sections: 11, rows: 1), 131_009),
        ("two sections without titles", list(sections: 2, rows: 1, title: nil), 131_008),
        ("list body of 1025", list(sections: 1, rows: 1, body: long(1025)), 100),
        ("list button of 21", list(sections: 1, rows: 1, button: long(21)), 100),
        ("section title of 25", list(sections: 1, rows: 1, title: long(25)), 100),
        ("row title of 25", list(sections: 1, rows: 1, rowTitle: long(25)), 100),
        ("row description of 73", list(sections: 1, rows: 1, description: long(73)), 100),
        (
            "image header on a list", list(sections: 1, rows: 1, header: ["type": "image", "image": ["link": "https://x.sa/a.jpg"]]),
            131_009
        ),
        ("link text of 21", link(long(21), "https://x.sa"), 100),
        ("link that is none", link("Pay", "javascript:alert(1)"), 100),
        (
            "flow with emoji",
            interactive([
                "type": "flow", "body": ["text": "?"],
                "action": ["name": "flow", "parameters": ["flow_message_version": "3", "flow_id": "1", "flow_cta": "Go 🍕"]],
            ]), 131_009
        ),
        ("unknown interactive", interactive(["type": "carousel_x", "body": ["text": "?"], "action": ["a": 1]]), 100),
        ("correlation data of 513", ["type": "text", "text": ["body": "x"], "biz_opaque_callback_data": long(513)], 100),
        ("bad recipient", ["type": "text", "text": ["body": "x"], "to": "12"], 131_009),
        ("to oneself", ["type": "text", "text": ["body": "x"], "to": "966500000099"], 131_021),
        ("bad user id", ["type": "text", "text": ["body": "x"], "recipient": "nobody"], 131_009),
        ("unknown recipient type", ["type": "text", "text": ["body": "x"], "recipient_type": "crowd"], 100),
        ("unknown template", ["type": "template", "template": ["name": "nothing", "language": ["code": "ar"]]], 132_001),
        ("template name in capitals", ["type": "template", "template": ["name": "Nothing", "language": ["code": "ar"]]], 131_009),
    ]

    @Test("What breaks a limit is refused with Meta's code", arguments: refused)
    func refuses(name: String, message: JSONValue, code: Int) async throws {
        try await SimulatorRig.run { rig async throws in
            let answer = try await rig.send(message)
            #expect(answer.errorCode == code, "\(name): \(String(decoding: answer.bytes, as: UTF8.self))")
            #expect(answer.status.code >= 400)
            #expect(answer.json["error"]?["type"] == "OAuthException")
            #expect(answer.json["error"]?["fbtrace_id"]?.string?.isEmpty == false)
            #expect(try await rig.request(.get, "/simulator/sent").json["total"] == 0)
        }
    }

    @Test("messaging_product and to are required, and the body must be JSON")
    func envelope() async throws {
        try await SimulatorRig.run { rig async throws in
            let text: JSONValue = ["type": "text", "text": ["body": "x"]]
            #expect(try await rig.send(text, addsCommonKeys: false).errorCode == 100)
            let withoutTo = try await rig.send(
                ["messaging_product": "whatsapp", "type": "text", "text": ["body": "x"]],
                addsCommonKeys: false
            )
            #expect(withoutTo.errorCode == 100)
            let path = "/graph/v24.0/\(SimulatorRig.number)/messages"
            #expect(try await rig.request(.post, path, token: SimulatorRig.token, raw: Array("{".utf8)).errorCode == 100)
            #expect(try await rig.request(.post, path, token: SimulatorRig.token, raw: []).errorCode == 100)
            #expect(try await rig.request(.post, path, [1, 2], token: SimulatorRig.token).errorCode == 100)
        }
    }
}

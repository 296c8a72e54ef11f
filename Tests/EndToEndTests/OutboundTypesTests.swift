import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// Everything that may be sent (providers.md A9), from the API to the wire.
@Suite(.serialized)
struct OutboundTypesTests {
    /// A request's body, and what the Graph API gets of it beside the common keys.
    private static let cases: [(String, String)] = [
        (
            #"{"type":"text","text":{"body":"مرحبا 🍕 https://x.sa/1","previewUrl":true}}"#,
            #"{"type":"text","text":{"preview_url":true,"body":"مرحبا 🍕 https://x.sa/1"}}"#
        ),
        (
            #"{"type":"image","image":{"link":"https://x.sa/a.jpg","caption":"Menu"}}"#,
            #"{"type":"image","image":{"link":"https://x.sa/a.jpg","caption":"Menu"}}"#
        ),
        (#"{"type":"video","video":{"link":"https://x.sa/a.mp4"}}"#, #"{"type":"video","video":{"link":"https://x.sa/a.mp4"}}"#),
        (
            #"{"type":"audio","audio":{"link":"https://x.sa/a.ogg","voice":true}}"#,
            #"{"type":"audio","audio":{"link":"https://x.sa/a.ogg","voice":true}}"#
        ),
        (
            #"{"type":"document","document":{"link":"https://x.sa/m.pdf","filename":"menu.pdf","caption":"Tonight"}}"#,
            #"{"type":"document","document":{"link":"https://x.sa/m.pdf","caption":"Tonight","filename":"menu.pdf"}}"#
        ),
        (#"{"type":"sticker","sticker":{"link":"https://x.sa/s.webp"}}"#, #"{"type":"sticker","sticker":{"link":"https://x.sa/s.webp"}}"#),
        (
            #"{"type":"location","location":{"latitude":24.7136,"longitude":-46.6753,"name":"Branch 1","address":"Olaya"}}"#,
            #"{"type":"location","location":{"latitude":"24.7136","longitude":"-46.6753","name":"Branch 1","address":"Olaya"}}"#
        ),
        (
            #"{"type":"contacts","contacts":[{"name":{"formattedName":"Branch","firstName":"Branch"},"phones":[{"phone":"+966500000099","type":"WORK","waId":"966500000099"}],"birthday":"1990-01-31"}]}"#,
            #"{"type":"contacts","contacts":[{"name":{"formatted_name":"Branch","first_name":"Branch"},"phones":[{"phone":"+966500000099","type":"WORK","wa_id":"966500000099"}],"birthday":"1990-01-31"}]}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"link":"https://x.sa/a.jpg"}},"body":"Confirm?","footer":"f","buttons":[{"id":"ok","title":"Yes"},{"id":"no","title":"No"}]}}"#,
            #"{"type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"link":"https://x.sa/a.jpg"}},"body":{"text":"Confirm?"},"footer":{"text":"f"},"action":{"buttons":[{"type":"reply","reply":{"id":"ok","title":"Yes"}},{"type":"reply","reply":{"id":"no","title":"No"}}]}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"list","header":{"type":"text","text":"Menu"},"body":"Choose","button":"Open","sections":[{"title":"Mains","rows":[{"id":"i7","title":"Kabsa","description":"SAR 32"}]},{"title":"Drinks","rows":[{"id":"i8","title":"Tea"}]}]}}"#,
            #"{"type":"interactive","interactive":{"type":"list","header":{"type":"text","text":"Menu"},"body":{"text":"Choose"},"action":{"button":"Open","sections":[{"title":"Mains","rows":[{"id":"i7","title":"Kabsa","description":"SAR 32"}]},{"title":"Drinks","rows":[{"id":"i8","title":"Tea"}]}]}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"cta_url","body":"Pay","displayText":"Pay now","url":"https://pay.sa/1"}}"#,
            #"{"type":"interactive","interactive":{"type":"cta_url","body":{"text":"Pay"},"action":{"name":"cta_url","parameters":{"display_text":"Pay now","url":"https://pay.sa/1"}}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"location_request","body":"Where are you?"}}"#,
            #"{"type":"interactive","interactive":{"type":"location_request_message","body":{"text":"Where are you?"},"action":{"name":"send_location"}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"product","body":"This one","catalogId":"354","productRetailerId":"B"}}"#,
            #"{"type":"interactive","interactive":{"type":"product","body":{"text":"This one"},"action":{"catalog_id":"354","product_retailer_id":"B"}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"product_list","header":{"type":"text","text":"Menu"},"body":"b","catalogId":"354","sections":[{"title":"Mains","productRetailerIds":["B","C"]}]}}"#,
            #"{"type":"interactive","interactive":{"type":"product_list","header":{"type":"text","text":"Menu"},"body":{"text":"b"},"action":{"catalog_id":"354","sections":[{"title":"Mains","product_items":[{"product_retailer_id":"B"},{"product_retailer_id":"C"}]}]}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"catalog","body":"All","thumbnailProductRetailerId":"B"}}"#,
            #"{"type":"interactive","interactive":{"type":"catalog_message","body":{"text":"All"},"action":{"name":"catalog_message","parameters":{"thumbnail_product_retailer_id":"B"}}}}"#
        ),
        (
            #"{"type":"interactive","interactive":{"type":"flow","body":"Book","flow":{"id":"123","label":"Open","token":"tok","screen":"START","data":{"k":"v"}}}}"#,
            #"{"type":"interactive","interactive":{"type":"flow","body":{"text":"Book"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_id":"123","flow_cta":"Open","flow_token":"tok","mode":"published","flow_action":"navigate","flow_action_payload":{"screen":"START","data":{"k":"v"}}}}}}"#
        ),
        (
            #"{"type":"template","template":{"name":"order_ready","language":"en","components":[{"type":"header","parameters":[{"type":"image","image":{"link":"https://x.sa/a.jpg"}}]},{"type":"body","parameters":[{"type":"text","text":"Sara"},{"type":"currency","currency":{"fallbackValue":"SAR 45.50","code":"SAR","amount1000":45500}}]},{"type":"button","subType":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"TRACK_42"}]}]}}"#,
            #"{"type":"template","template":{"name":"order_ready","language":{"code":"en"},"components":[{"type":"header","parameters":[{"type":"image","image":{"link":"https://x.sa/a.jpg"}}]},{"type":"body","parameters":[{"type":"text","text":"Sara"},{"type":"currency","currency":{"fallback_value":"SAR 45.50","code":"SAR","amount_1000":45500}}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"TRACK_42"}]}]}}"#
        ),
    ]

    private static func withTemplate(_ simulation: inout SimulatorConfiguration) {
        simulation.templates = simulation.phoneNumbers.map { number in
            PresetTemplate(
                wabaID: number.wabaID,
                definition: [
                    "name": "order_ready", "language": "en", "category": "UTILITY",
                    "components": [
                        ["type": "HEADER", "format": "IMAGE"],
                        ["type": "BODY", "text": "Hi {{1}}, your order of {{2}} is ready for you today."],
                        ["type": "BUTTONS", "buttons": [["type": "QUICK_REPLY", "text": "Track"]]],
                    ],
                ]
            )
        }
    }

    @Test("C3 C6 I2.9: every type is sent as WhatsApp wants it, in the order of the requests, and shown as it was given")
    func everyType() async throws {
        try await Installation.run(adjust: Self.withTemplate) { maitre in
            let chat = try await maitre.open("966500000800", at: 0)
            var messages: [String] = []
            for (json, _) in Self.cases { messages.append(try await chat.send(json)) }
            for message in messages { try await chat.reaches("read", message) }
            let sent = try await chat.sent().dropFirst()
            #expect(sent.compactMap { $0["bizOpaqueCallbackData"]?.string } == messages)
            for ((json, wire), (message, request)) in zip(Self.cases, zip(messages, sent.compactMap { $0["request"] })) {
                let expected = try JSONDocument(parsing: wire).root
                for (key, value) in expected.members {
                    #expect(InboundTypesTests.canonical(request[key]) == InboundTypesTests.canonical(value), "\(json)")
                }
                let common: Set = ["messaging_product", "recipient_type", "to", "biz_opaque_callback_data"]
                #expect(Set(request.members.map(\.key)) == common.union(expected.members.map(\.key)), "\(json)")
                #expect(request["to"]?.string == "966500000800")
                // Read again, it is what was asked for.
                let given = try JSONDocument(parsing: json).root
                let type = given["type"]?.string ?? ""
                let found = try await chat.find(message)
                #expect(found["type"]?.string == type)
                if type != "interactive" {
                    #expect(InboundTypesTests.canonical(found[type]) == InboundTypesTests.canonical(given[type]), "\(json)")
                } else {
                    #expect(found["interactive"]?["type"]?.string == given["interactive"]?["type"]?.string)
                }
            }
        }
    }

    @Test("C6: quotes and reactions name the provider's message; read marks and the typing indicator reach the customer")
    func quotesAndMarks() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000810", at: 0)
            let asked = try await chat.writes(#"{"type":"text","text":{"body":"until when?"}}"#)
            try await maitre.eventually("stored") { try await chat.messages().count == 3 }
            let question = try #require(try await chat.messages().last?["id"]?.string)
            let answer = try await chat.send(#"{"type":"text","text":{"body":"until 11"},"replyTo":"\#(question)"}"#)
            let reaction = try await chat.send(#"{"type":"reaction","reaction":{"messageId":"\#(question)","emoji":"👍"}}"#)
            let undone = try await chat.send(#"{"type":"reaction","reaction":{"messageId":"\#(question)","emoji":""}}"#)
            for message in [answer, reaction, undone] { try await chat.reaches("read", message) }
            let sent = try await chat.sent().suffix(3).compactMap { $0["request"] }
            try #require(sent.count == 3)
            #expect(sent[0]["context"]?["message_id"]?.string == asked)
            #expect(sent[1]["reaction"]?["message_id"]?.string == asked)
            #expect(sent[1]["reaction"]?["emoji"]?.string == "👍")
            #expect(sent[1]["context"] == nil)
            #expect(sent[2]["reaction"]?["emoji"]?.string == "")
            #expect(try await chat.find(answer)["quotedProviderMessageId"]?.string == asked)

            // The customer answers with a quote of ours.
            let ours = try #require(try await chat.find(answer)["providerMessageId"]?.string)
            try await chat.writes(#"{"type":"text","text":{"body":"great"},"context":{"from":"966500000099","id":"\#(ours)"}}"#)
            try await maitre.eventually("quoted") { try await chat.messages().last?["quotedProviderMessageId"]?.string == ours }

            @Sendable func thread() async throws -> JSONElement {
                try await maitre.simulator(.GET, "/threads/\(maitre.number(0))/\(chat.customer)")
            }
            @Sendable func marks() async throws -> [String] {
                try await thread()["entries"]?.elements.filter { $0["direction"]?.string == "customer" }.compactMap { $0["state"]?.string }
                    ?? []
            }
            #expect(try await marks() == ["accepted", "accepted", "accepted"])
            #expect(try await chat.conversation()["unreadCount"]?.int == 3)
            let read = try await maitre.owner(0, .POST, "/conversations/\(chat.id)/read", json: #"{"typing":false}"#)
            #expect(read.status == 200)
            #expect(try read.json["unreadCount"]?.int == 0)
            try await maitre.eventually("blue ticks") { try await marks() == ["read", "read", "read"] }
            #expect(try await thread()["typingMilliseconds"]?.int == 0)
            try await chat.writes(#"{"type":"text","text":{"body":"one more thing"}}"#)
            try await maitre.eventually("unread") { try await chat.conversation()["unreadCount"]?.int == 1 }
            _ = try await maitre.owner(0, .POST, "/conversations/\(chat.id)/read", json: #"{"typing":true}"#)
            try await maitre.eventually("somebody types") { try await thread()["typingMilliseconds"]?.int ?? 0 > 0 }
            #expect(try await marks() == ["read", "read", "read", "read"])
        }
    }

    @Test("C3: the same request many times at once stores and sends one message, and each gets the same answer")
    func atOnce() async throws {
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000830", at: 0)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await maitre.owner(
                            0,
                            .POST,
                            "/conversations/\(chat.id)/messages",
                            headers: [("Idempotency-Key", "at-once")],
                            json: #"{"type":"text","text":{"body":"once"}}"#
                        )
                    }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.map(\.status) == Array(repeating: 201, count: 8))
            #expect(Set(answers.map(\.body)).count == 1)
            #expect(answers.count { $0.headers.first(name: "Idempotent-Replayed") == "true" } == 7)
            let message = try #require(try answers[0].json["id"]?.string)
            try await chat.reaches("read", message)
            #expect(try await chat.sentTexts() == ["once"])
            #expect(try await chat.messages().count == 3)
        }
    }

    @Test("C3: what WhatsApp would refuse is refused at once, every field with its place, and nothing is stored")
    func limits() async throws {
        @Sendable func long(_ count: Int) -> String { String(repeating: "x", count: count) }
        @Sendable func buttons(_ list: String) -> String {
            #"{"type":"interactive","interactive":{"type":"button","body":"b","buttons":[\#(list)]}}"#
        }
        let row = #"{"id":"r","title":"R"}"#
        let cases: [(String, [String])] = [
            (#"{"type":"text","text":{"body":""}}"#, ["/text/body"]),
            (#"{"type":"text","text":{"body":"\#(long(4097))"}}"#, ["/text/body"]),
            (#"{"type":"text","text":{"body":"x","color":"red"},"extra":1}"#, ["/extra", "/text/color"]),
            (#"{"type":"hologram"}"#, ["/type"]), ("{}", ["/type"]),
            (#"{"type":"image","image":{"link":"http://x.sa/a.jpg"}}"#, ["/image/link"]),
            (#"{"type":"image","image":{"link":"https://x.sa/a.jpg","mediaId":"1"}}"#, ["/image/mediaId"]),
            (#"{"type":"image","image":{"link":"https://x.sa/a.jpg","caption":"\#(long(1025))"}}"#, ["/image/caption"]),
            (#"{"type":"sticker","sticker":{"link":"https://x.sa/a.webp","caption":"c"}}"#, ["/sticker/caption"]),
            (#"{"type":"location","location":{"latitude":91,"longitude":181}}"#, ["/location/latitude", "/location/longitude"]),
            (buttons(""), ["/interactive/buttons"]),
            (buttons((1...4).map { #"{"id":"\#($0)","title":"\#($0)"}"# }.joined(separator: ",")), ["/interactive/buttons"]),
            (
                buttons(#"{"id":"a","title":"\#(long(21))"},{"id":"a","title":"B"}"#),
                ["/interactive/buttons/0/title"]
            ),
            (buttons(#"{"id":"a","title":"A"},{"id":"a","title":"A"}"#), ["/interactive/buttons/1/id", "/interactive/buttons/1/title"]),
            (
                #"{"type":"interactive","interactive":{"type":"list","body":"\#(long(1025))","button":"\#(long(21))","sections":[{"rows":[\#(row)]},{"title":"t","rows":[\#(row)]}]}}"#,
                ["/interactive/body", "/interactive/button", "/interactive/sections/0/title", "/interactive/sections/1/rows/0/id"]
            ),
            (
                #"{"type":"template","template":{"name":"Order Ready","language":"english"}}"#, ["/template/language", "/template/name"]
            ),
            (#"{"type":"reaction","reaction":{"messageId":"0190a000-0000-7000-8000-000000000000","emoji":"👍"}}"#, ["/reaction/messageId"]),
            (
                #"{"type":"text","text":{"body":"x"},"replyTo":"0190a000-0000-7000-8000-000000000000"}"#, ["/replyTo"]
            ),
            (#"{"type":"contacts","contacts":[{"name":{"formattedName":"A"}}]}"#, ["/contacts/0/name/firstName"]),
        ]
        try await Installation.run { maitre in
            let chat = try await maitre.open("966500000820", at: 0)
            for (json, pointers) in cases {
                let answer = try await chat.post(json)
                #expect(answer.status == 422, "\(json)")
                #expect(try answer.json["code"]?.string == "validation_failed", "\(json)")
                let named = try answer.json["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? []
                #expect(named.sorted() == pointers, "\(json)")
            }
            #expect(try await chat.messages().count == 2)
            #expect(try await chat.sent().count == 1)
            // Exactly at the limit it goes.
            try await chat.reaches("read", try await chat.say(long(4096)))
            let longest = try await chat.send(buttons(#"{"id":"\#(long(256))","title":"\#(long(20))"}"#))
            try await chat.reaches("read", longest)
        }
    }
}

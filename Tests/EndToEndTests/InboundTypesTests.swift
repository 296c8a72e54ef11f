import Core
import NIOHTTP1
import Testing

@testable import Simulator
@testable import maitre

/// Everything that a customer can send (providers.md A5), from the wire to the API.
@Suite(.serialized)
struct InboundTypesTests {
    /// What a customer sends, and how the API shows it.
    private struct Case: Sendable {
        let name: String
        /// As in Meta's `messages[]`.
        let wire: String
        let type: String
        /// The member named as the type.
        let content: String
        var extra: String?
        var quoted: String?
    }

    private static let cases: [Case] = [
        Case(
            name: "text",
            wire: #"{"type":"text","text":{"body":"One shawarma \ud83c\udf2f / \u0645\u0631\u062d\u0628\u0627"}}"#,
            type: "text",
            content: #"{"body":"One shawarma 🌯 / مرحبا"}"#
        ),
        Case(
            name: "image",
            wire: #"{"type":"image","image":{"id":"M1","mime_type":"image/jpeg","sha256":"YQ==","caption":"menu","url":"https://x.sa/a"}}"#,
            type: "image",
            content: #"{"mediaId":"M1","mimeType":"image/jpeg","sha256":"YQ==","caption":"menu","url":"https://x.sa/a"}"#
        ),
        Case(
            name: "video",
            wire: #"{"type":"video","video":{"id":"M2","mime_type":"video/mp4","sha256":"YQ=="}}"#,
            type: "video",
            content: #"{"mediaId":"M2","mimeType":"video/mp4","sha256":"YQ=="}"#
        ),
        Case(
            name: "voice",
            wire: #"{"type":"audio","audio":{"id":"M3","mime_type":"audio/ogg; codecs=opus","sha256":"YQ==","voice":true}}"#,
            type: "audio",
            content: #"{"mediaId":"M3","mimeType":"audio/ogg; codecs=opus","sha256":"YQ==","voice":true}"#
        ),
        Case(
            name: "audio",
            wire: #"{"type":"audio","audio":{"id":"M4","mime_type":"audio/mpeg","sha256":"YQ==","voice":false}}"#,
            type: "audio",
            content: #"{"mediaId":"M4","mimeType":"audio/mpeg","sha256":"YQ==","voice":false}"#
        ),
        Case(
            name: "document",
            wire:
                #"{"type":"document","document":{"id":"M5","mime_type":"application/pdf","sha256":"YQ==","filename":"cr.pdf","caption":"c"}}"#,
            type: "document",
            content: #"{"mediaId":"M5","mimeType":"application/pdf","sha256":"YQ==","filename":"cr.pdf","caption":"c"}"#
        ),
        Case(
            name: "media without a file",
            wire:
                #"{"type":"image","image":{"mime_type":"image/jpeg"},"errors":[{"code":131052,"title":"Media download error"}]}"#,
            type: "image",
            content: #"{"mimeType":"image/jpeg","errors":[{"code":131052,"title":"Media download error"}]}"#
        ),
        Case(
            name: "sticker",
            wire: #"{"type":"sticker","sticker":{"id":"M6","mime_type":"image/webp","sha256":"YQ==","animated":true}}"#,
            type: "sticker",
            content: #"{"mediaId":"M6","mimeType":"image/webp","sha256":"YQ==","animated":true}"#
        ),
        Case(
            name: "location",
            wire: #"{"type":"location","location":{"latitude":24.7136,"longitude":46.6753,"name":"Home","address":"Olaya St"}}"#,
            type: "location",
            content: #"{"latitude":24.7136,"longitude":46.6753,"name":"Home","address":"Olaya St"}"#
        ),
        Case(
            name: "contacts",
            wire:
                #"{"type":"contacts","contacts":[{"name":{"formatted_name":"Ali H","first_name":"Ali"},"phones":[{"phone":"+966 50","wa_id":"96650","type":"CELL"}],"emails":[],"org":{}}]}"#,
            type: "contacts",
            content:
                #"[{"name":{"formattedName":"Ali H","firstName":"Ali"},"phones":[{"phone":"+966 50","waId":"96650","type":"CELL"}],"emails":[],"org":{}}]"#
        ),
        Case(
            name: "template button",
            wire: #"{"type":"button","context":{"from":"1","id":"wamid.t"},"button":{"payload":"TRACK_42","text":"Track order"}}"#,
            type: "button",
            content: #"{"payload":"TRACK_42","text":"Track order"}"#,
            quoted: "wamid.t"
        ),
        Case(
            name: "button reply",
            wire:
                #"{"type":"interactive","context":{"from":"1","id":"wamid.s"},"interactive":{"type":"button_reply","button_reply":{"id":"ok","title":"Confirm"}}}"#,
            type: "interactive",
            content: #"{"type":"button_reply","reply":{"id":"ok","title":"Confirm"}}"#,
            quoted: "wamid.s"
        ),
        Case(
            name: "list reply",
            wire:
                #"{"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"item:7","title":"Kabsa","description":"SAR 32"}}}"#,
            type: "interactive",
            content: #"{"type":"list_reply","reply":{"id":"item:7","title":"Kabsa","description":"SAR 32"}}"#
        ),
        Case(
            name: "form reply",
            wire:
                #"{"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"tok\",\"branch\":\"2\"}"}}}"#,
            type: "interactive",
            content:
                #"{"type":"nfm_reply","reply":{"name":"flow","body":"Sent","responseJson":"{\"flow_token\":\"tok\",\"branch\":\"2\"}","response":{"flow_token":"tok","branch":"2"}}}"#
        ),
        Case(
            name: "order",
            wire:
                #"{"type":"order","order":{"catalog_id":"354","text":"","product_items":[{"product_retailer_id":"BURGER","quantity":2,"item_price":30.5,"currency":"SAR"}]}}"#,
            type: "order",
            content:
                #"{"catalogId":"354","text":"","productItems":[{"productRetailerId":"BURGER","quantity":2,"itemPrice":30.5,"currency":"SAR"}]}"#
        ),
        Case(
            name: "identity changed",
            wire:
                #"{"type":"system","system":{"body":"changed","type":"customer_identity_changed"},"identity":{"acknowledged":true,"created_timestamp":"1","hash":"h"}}"#,
            type: "system",
            content:
                #"{"body":"changed","type":"customer_identity_changed","identity":{"acknowledged":true,"createdTimestamp":"1","hash":"h"}}"#
        ),
        Case(name: "welcome", wire: #"{"type":"request_welcome"}"#, type: "request_welcome", content: "{}"),
        Case(
            name: "forwarded",
            wire: #"{"type":"text","text":{"body":"fwd"},"context":{"frequently_forwarded":true}}"#,
            type: "text",
            content: #"{"body":"fwd"}"#,
            extra: #"{"forwarded":true,"frequentlyForwarded":true}"#
        ),
        Case(
            name: "from an advertisement",
            wire: #"{"type":"text","text":{"body":"ad"},"referral":{"source_type":"ad","ctwa_clid":"ARA"}}"#,
            type: "text",
            content: #"{"body":"ad"}"#,
            extra: #"{"referral":{"sourceType":"ad","ctwaClid":"ARA"}}"#
        ),
        Case(
            name: "about a product",
            wire:
                #"{"type":"text","text":{"body":"p"},"context":{"from":"1","id":"wamid.p","referred_product":{"catalog_id":"354","product_retailer_id":"B"}}}"#,
            type: "text",
            content: #"{"body":"p"}"#,
            extra: #"{"referredProduct":{"catalogId":"354","productRetailerId":"B"}}"#,
            quoted: "wamid.p"
        ),
    ]

    /// Objects with their members sorted, so that only what they say is compared.
    static func canonical(_ element: JSONElement?) -> String {
        guard let element else { return "nothing" }
        switch element.kind {
        case .object:
            let members = element.members.map { "\"\($0.key)\":\(canonical($0.value))" }.sorted()
            return "{" + members.joined(separator: ",") + "}"
        case .array: return "[" + element.elements.map(canonical).joined(separator: ",") + "]"
        case .string: return "\"\(element.string ?? "")\""
        default: return element.rawText
        }
    }

    static func canonical(_ json: String) throws -> String {
        canonical(try JSONDocument(parsing: json).root)
    }

    @Test("B5: every type is stored as what it is, shown with everything it said, and kept raw")
    func everyType() async throws {
        try await Installation.run { maitre in
            var ids: [String] = []
            for (number, sample) in Self.cases.enumerated() {
                ids.append(try await maitre.receive(sample.wire, from: "4477009005\(10 + number)", at: 2))
            }
            // A conversation each.
            try await maitre.eventually("all are there") {
                try await maitre.owner(2, .GET, "/conversations?limit=100").json["data"]?.elements.count == Self.cases.count
            }
            try await maitre.drained()
            let raw = try await maitre.sql("select convert_from(payload, 'UTF8') from inbox.updates where kind = 'message'")
                .map { try JSONDocument(parsing: $0, options: .lenient).root["message"] }
            for (number, (sample, id)) in zip(Self.cases, ids).enumerated() {
                let found = try #require(try await maitre.conversation(of: "4477009005\(10 + number)", at: 2), "\(sample.name)")
                let message = try #require(try await maitre.messages(2, of: found["id"]?.string ?? "").first, "\(sample.name)")
                #expect(message["type"]?.string == sample.type, "\(sample.name)")
                #expect(Self.canonical(message[sample.type]) == (try Self.canonical(sample.content)), "\(sample.name)")
                #expect(message["direction"]?.string == "inbound", "\(sample.name)")
                #expect(message["providerMessageId"]?.string == id, "\(sample.name)")
                #expect(message["quotedProviderMessageId"]?.string == sample.quoted, "\(sample.name)")
                #expect(message["timestamps"]?["providerAt"]?.string != nil, "\(sample.name)")
                if let extra = sample.extra {
                    #expect(Self.canonical(message["extra"]) == (try Self.canonical(extra)), "\(sample.name)")
                } else {
                    #expect(message["extra"] == nil, "\(sample.name)")
                }
                // Whether what WhatsApp itself says opens the window, nobody knows.
                if sample.type != "system" { #expect(found["serviceWindow"]?["open"]?.bool == true, "\(sample.name)") }
                let kept = try #require(raw.first { $0?["id"]?.string == id } ?? nil, "\(sample.name) is kept raw")
                let wire = try JSONDocument(parsing: sample.wire).root
                for (key, value) in wire.members {
                    #expect(Self.canonical(kept[key]) == Self.canonical(value), "\(sample.name): \(key)")
                }
            }
            #expect(try await maitre.deadLetters().isEmpty)
        }
    }

    @Test("B5: what cannot be understood is stored as unsupported or unknown with all that came; nothing is dropped")
    func notUnderstood() async throws {
        let cases: [(String, String, String?)] = [
            (
                #"{"type":"unsupported","errors":[{"code":131051,"title":"Message type unknown"}],"unsupported":{"type":"poll"}}"#,
                "unsupported", "poll"
            ),
            (#"{"type":"unknown"}"#, "unknown", nil),
            (#"{"type":"hologram","hologram":{"deep":[1,{"a":null}]}}"#, "unknown", "hologram"),
            (
                #"{"type":"interactive","value_errors":[{"code":131000,"title":"Unsupported webhook payload"}]}"#, "unsupported",
                "interactive"
            ),
            (#"{"type":"order"}"#, "unsupported", "order"),
        ]
        try await Installation.run { maitre in
            for (number, (wire, type, kind)) in cases.enumerated() {
                let id = try await maitre.receive(wire, from: "44770090060\(number)", at: 2)
                try await maitre.eventually("\(wire) is stored") {
                    try await maitre.conversation(of: "44770090060\(number)", at: 2) != nil
                }
                let found = try #require(try await maitre.conversation(of: "44770090060\(number)", at: 2))
                let message = try #require(try await maitre.messages(2, of: found["id"]?.string ?? "").first)
                #expect(message["type"]?.string == type, "\(wire)")
                let content = message[type]
                #expect(content?["raw"]?["id"]?.string == id, "\(wire)")
                #expect(content?["kind"]?.string == kind, "\(wire)")
                if wire.contains("errors") { #expect(content?["errors"]?.elements.first?["code"]?.int != nil, "\(wire)") }
                if type == "unknown", kind != nil {
                    #expect(Self.canonical(content?["raw"]?["hologram"]) == #"{"deep":[1,{"a":null}]}"#)
                }
            }

            // News without a message: trouble of the number, a field of tomorrow, a field that names no number.
            let channel = maitre.demo.merchants[2].channels[0]
            let metadata = #""metadata":{"display_phone_number":"442000000099","phone_number_id":"\#(channel.phoneNumberId)"}"#
            for (field, value) in [
                ("messages", #"{"messaging_product":"whatsapp",\#(metadata),"errors":[{"code":130429,"title":"Rate limit hit"}]}"#),
                ("field_of_tomorrow", #"{\#(metadata),"news":{"a":1}}"#), ("account_update", #"{"event":"DISABLED_UPDATE"}"#),
            ] {
                try await maitre.simulator(
                    .POST,
                    "/updates",
                    json: #"{"wabaId":"\#(channel.wabaId)","field":"\#(field)","value":\#(value)}"#
                )
            }
            try await maitre.eventually("kept") {
                try await maitre.sql("select kind from inbox.updates where kind in ('errors', 'management') order by kind")
                    == ["errors", "management"]
            }
            try await maitre.eventually("kept for the operator") {
                let page = try await maitre.request(.GET, "/api/v1/quarantine", token: maitre.demo.platformKey).json
                return page["data"]?.elements.compactMap { $0["reason"]?.string } == ["no_number"]
            }
            try await maitre.drained()
            #expect(try await maitre.deadLetters().isEmpty)
            #expect(try await maitre.owner(2, .GET, "/conversations?limit=100").json["data"]?.elements.count == cases.count)
        }
    }
}

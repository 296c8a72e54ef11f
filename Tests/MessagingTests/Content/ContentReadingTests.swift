import Core
import Messaging
import Testing

@Suite("C6: what a client may send")
struct ContentReadingTests {
    private static func errors(_ body: String, others: [String] = []) -> [String] {
        do {
            _ = try OutboundContent(body: JSONDocument(parsing: body).root, others: others)
            return []
        } catch let error as DomainError {
            return error.fields.map { "\($0.pointer) \($0.code)" }
        } catch {
            return ["not JSON"]
        }
    }

    private static func text(_ count: Int, _ unit: String = "x") -> String { String(repeating: unit, count: count) }

    private static func interactive(_ members: String) -> String { #"{"type":"interactive","interactive":{\#(members)}}"# }

    private static func buttons(_ count: Int, title: Int = 5, id: Int = 5) -> String {
        let buttons = (0..<count).map { #"{"id":"\#($0)\#(text(id - 1))","title":"\#($0)\#(text(title - 1))"}"# }
        return interactive(#""type":"button","body":"b","buttons":[\#(buttons.joined(separator: ","))]"#)
    }

    private static func list(
        sections: Int = 1,
        rows: Int = 1,
        button: Int = 5,
        title: Int = 5,
        id: Int = 5,
        description: Int = 5,
        sectionTitle: Int? = 5,
        body: Int = 5
    ) -> String {
        let all = (0..<sections).map { section in
            let rows = (0..<rows).map {
                #"{"id":"\#(section)\#($0)\#(text(id - 2))","title":"\#(text(title))","description":"\#(text(description))"}"#
            }
            let title = sectionTitle.map { #""title":"\#(text($0))","# } ?? ""
            return #"{\#(title)"rows":[\#(rows.joined(separator: ","))]}"#
        }
        return interactive(
            #""type":"list","body":"\#(text(body))","button":"\#(text(button))","sections":[\#(all.joined(separator: ","))]"#
        )
    }

    private static func products(_ sections: Int, _ count: Int) -> String {
        let ids = (0..<count).map { "\"p\($0)\"" }.joined(separator: ",")
        let all = Array(repeating: #"{"title":"t","productRetailerIds":[\#(ids)]}"#, count: sections).joined(separator: ",")
        return interactive(#""type":"product_list","header":{"type":"text","text":"h"},"body":"b","catalogId":"1","sections":[\#(all)]"#)
    }

    private static func contacts(_ count: Int) -> String {
        let card = #"{"name":{"formattedName":"A B","firstName":"A"},"phones":[{"phone":"+966500000099"}]}"#
        return #"{"type":"contacts","contacts":[\#(Array(repeating: card, count: count).joined(separator: ","))]}"#
    }

    private static func template(name: String = "order_ready", _ members: String = "") -> String {
        #"{"type":"template","template":{"name":"\#(name)","language":"ar"\#(members)}}"#
    }

    struct Limit: Sendable, CustomStringConvertible {
        let name: String
        let atLimit: String
        let over: String
        let error: String
        var description: String { name }
    }

    /// Each limit of `providers.md` A9: at it, and one over it. An emoji counts as its scalars.
    static let limits: [Limit] = [
        Limit(
            name: "text",
            atLimit: #"{"type":"text","text":{"body":"\#(text(4096))"}}"#,
            over: #"{"type":"text","text":{"body":"\#(text(4097))"}}"#,
            error: "/text/body too_long"
        ),
        Limit(
            name: "text in scalars",
            atLimit: #"{"type":"text","text":{"body":"\#(text(4096, "🍕"))"}}"#,
            over: #"{"type":"text","text":{"body":"\#(text(4097, "🍕"))"}}"#,
            error: "/text/body too_long"
        ),
        Limit(
            name: "caption",
            atLimit: #"{"type":"image","image":{"link":"https://x.sa/a","caption":"\#(text(1024))"}}"#,
            over: #"{"type":"image","image":{"link":"https://x.sa/a","caption":"\#(text(1025))"}}"#,
            error: "/image/caption too_long"
        ),
        Limit(name: "interactive body", atLimit: list(body: 1024), over: list(body: 1025), error: "/interactive/body too_long"),
        Limit(
            name: "header",
            atLimit: interactive(
                #""type":"button","header":{"type":"text","text":"\#(text(60))"},"body":"b","buttons":[{"id":"1","title":"t"}]"#
            ),
            over: interactive(
                #""type":"button","header":{"type":"text","text":"\#(text(61))"},"body":"b","buttons":[{"id":"1","title":"t"}]"#
            ),
            error: "/interactive/header/text too_long"
        ),
        Limit(
            name: "footer",
            atLimit: interactive(#""type":"button","footer":"\#(text(60))","body":"b","buttons":[{"id":"1","title":"t"}]"#),
            over: interactive(#""type":"button","footer":"\#(text(61))","body":"b","buttons":[{"id":"1","title":"t"}]"#),
            error: "/interactive/footer too_long"
        ),
        Limit(name: "buttons", atLimit: buttons(3), over: buttons(4), error: "/interactive/buttons too_many"),
        Limit(name: "no button", atLimit: buttons(1), over: buttons(0), error: "/interactive/buttons too_few"),
        Limit(
            name: "button title",
            atLimit: buttons(1, title: 20),
            over: buttons(1, title: 21),
            error: "/interactive/buttons/0/title too_long"
        ),
        Limit(name: "button id", atLimit: buttons(1, id: 256), over: buttons(1, id: 257), error: "/interactive/buttons/0/id too_long"),
        Limit(name: "list button", atLimit: list(button: 20), over: list(button: 21), error: "/interactive/button too_long"),
        Limit(name: "sections", atLimit: list(sections: 10), over: list(sections: 11), error: "/interactive/sections too_many"),
        Limit(name: "rows of a section", atLimit: list(rows: 10), over: list(rows: 11), error: "/interactive/sections/0/rows too_many"),
        Limit(
            name: "rows in total",
            atLimit: list(sections: 2, rows: 5),
            over: list(sections: 2, rows: 6),
            error: "/interactive/sections too_many"
        ),
        Limit(
            name: "section title",
            atLimit: list(sectionTitle: 24),
            over: list(sectionTitle: 25),
            error: "/interactive/sections/0/title too_long"
        ),
        Limit(
            name: "section title needed",
            atLimit: list(sectionTitle: nil),
            over: list(sections: 2, sectionTitle: nil),
            error: "/interactive/sections/0/title required"
        ),
        Limit(name: "row id", atLimit: list(id: 200), over: list(id: 201), error: "/interactive/sections/0/rows/0/id too_long"),
        Limit(name: "row title", atLimit: list(title: 24), over: list(title: 25), error: "/interactive/sections/0/rows/0/title too_long"),
        Limit(
            name: "row description",
            atLimit: list(description: 72),
            over: list(description: 73),
            error: "/interactive/sections/0/rows/0/description too_long"
        ),
        Limit(
            name: "cta_url",
            atLimit: interactive(#""type":"cta_url","body":"b","displayText":"\#(text(20))","url":"https://x.sa""#),
            over: interactive(#""type":"cta_url","body":"b","displayText":"\#(text(21))","url":"https://x.sa""#),
            error: "/interactive/displayText too_long"
        ),
        Limit(
            name: "products",
            atLimit: products(3, 10),
            over: products(1, 31),
            error: "/interactive/sections/0/productRetailerIds too_many"
        ),
        Limit(name: "products in total", atLimit: products(2, 15), over: products(2, 16), error: "/interactive/sections too_many"),
        Limit(name: "product sections", atLimit: products(10, 3), over: products(11, 2), error: "/interactive/sections too_many"),
        Limit(
            name: "flow_cta",
            atLimit: interactive(#""type":"flow","body":"b","flow":{"id":"1","label":"\#(text(30))"}"#),
            over: interactive(#""type":"flow","body":"b","flow":{"id":"1","label":"\#(text(31))"}"#),
            error: "/interactive/flow/label too_long"
        ),
        Limit(name: "contacts", atLimit: contacts(257), over: contacts(258), error: "/contacts too_many"),
        Limit(name: "template name", atLimit: template(name: text(512)), over: template(name: text(513)), error: "/template/name too_long"),
        Limit(
            name: "template text",
            atLimit: template(#","components":[{"type":"body","parameters":[{"type":"text","text":"\#(text(1024))"}]}]"#),
            over: template(#","components":[{"type":"body","parameters":[{"type":"text","text":"\#(text(1025))"}]}]"#),
            error: "/template/components/0/parameters/0/text too_long"
        ),
        Limit(
            name: "latitude",
            atLimit: #"{"type":"location","location":{"latitude":90,"longitude":-180}}"#,
            over: #"{"type":"location","location":{"latitude":90.0001,"longitude":-180}}"#,
            error: "/location/latitude out_of_range"
        ),
    ]

    @Test("C6: at the limit and one over it", arguments: limits)
    func limit(_ limit: Limit) {
        #expect(Self.errors(limit.atLimit) == [])
        let errors = Self.errors(limit.over)
        #expect(errors.first == limit.error)
        // Another one only where the same is wrong in the next section.
        #expect(errors.count == 1 || limit.name == "section title needed")
    }

    struct Refusal: Sendable, CustomStringConvertible {
        let body: String
        let errors: [String]
        var description: String { String(body.prefix(90)) }
        init(_ body: String, _ errors: String...) {
            self.body = body
            self.errors = errors
        }
    }

    static let refusals: [Refusal] = [
        Refusal("[]", " wrong_type"),
        Refusal("{}", "/type required"),
        Refusal(#"{"text":{"body":"x"}}"#, "/type required"),
        Refusal(#"{"type":"order","order":{}}"#, "/type invalid_value"),
        Refusal(#"{"type":7}"#, "/type wrong_type"),
        Refusal(#"{"type":"text"}"#, "/text required"),
        Refusal(#"{"type":"text","text":"hi"}"#, "/text wrong_type"),
        Refusal(#"{"type":"text","text":{"body":""}}"#, "/text/body too_short"),
        Refusal(#"{"type":"text","text":{"body":null}}"#, "/text/body wrong_type"),
        Refusal(#"{"type":"text","text":{"body":"a\u0000"}}"#, "/text/body invalid_characters"),
        Refusal(#"{"type":"text","text":{"body":"x","extra":1},"a/b~":2}"#, "/text/extra unknown_field", "/a~1b~0 unknown_field"),
        Refusal(#"{"type":"text","text":{"body":"x"},"image":{}}"#, "/image unknown_field"),
        Refusal(#"{"type":"text","text":{"body":"x","previewUrl":1}}"#, "/text/previewUrl wrong_type"),
        Refusal(#"{"type":"image","image":{}}"#, "/image/link required"),
        Refusal(#"{"type":"image","image":{"link":"https://x","mediaId":"1"}}"#, "/image/mediaId not_allowed"),
        Refusal(#"{"type":"image","image":{"link":"http://x.sa/a.jpg"}}"#, "/image/link invalid_value"),
        Refusal(#"{"type":"image","image":{"link":"https://user@x.sa/a"}}"#, "/image/link invalid_value"),
        Refusal(#"{"type":"image","image":{"link":"https:// x"}}"#, "/image/link invalid_value"),
        Refusal(#"{"type":"image","image":{"link":"https:///x"}}"#, "/image/link invalid_value"),
        Refusal(#"{"type":"audio","audio":{"mediaId":"1","caption":"c"}}"#, "/audio/caption unknown_field"),
        Refusal(#"{"type":"sticker","sticker":{"mediaId":"1","filename":"c"}}"#, "/sticker/filename unknown_field"),
        Refusal(#"{"type":"location","location":{"latitude":"24"}}"#, "/location/latitude wrong_type", "/location/longitude required"),
        Refusal(#"{"type":"location","location":{"latitude":1e400,"longitude":0}}"#, "/location/latitude wrong_type"),
        Refusal(
            #"{"type":"contacts","contacts":[{"name":{"formattedName":"A"}},7]}"#,
            "/contacts/0/name/firstName required",
            "/contacts/1 wrong_type"
        ),
        Refusal(
            #"{"type":"contacts","contacts":[{"name":{"formattedName":"A","firstName":"A"},"birthday":"1990-02-31"}]}"#,
            "/contacts/0/birthday invalid_value"
        ),
        Refusal(
            #"{"type":"contacts","contacts":[{"name":{"formattedName":"A","firstName":"A"},"phones":[{"type":"WORK"}]}]}"#,
            "/contacts/0/phones/0/phone required"
        ),
        Refusal(#"{"type":"reaction","reaction":{"messageId":"w"}}"#, "/reaction/emoji required"),
        Refusal(interactive(#""type":"poll","options":[]"#), "/interactive/type invalid_value"),
        Refusal(
            interactive(#""type":"button","body":"b","buttons":[{"id":"1","title":"t"},{"id":"1","title":"t"}]"#),
            "/interactive/buttons/1/id duplicate",
            "/interactive/buttons/1/title duplicate"
        ),
        Refusal(
            interactive(
                #""type":"list","header":{"type":"image","image":{"mediaId":"1"}},"body":"b","button":"x","sections":[{"rows":[{"id":"1","title":"t"}]}]"#
            ),
            "/interactive/header/type not_allowed"
        ),
        Refusal(
            interactive(
                #""type":"button","header":{"type":"image","image":{"mediaId":"1","caption":"c"}},"body":"b","buttons":[{"id":"1","title":"t"}]"#
            ),
            "/interactive/header/image/caption unknown_field"
        ),
        Refusal(interactive(#""type":"location_request","body":"b","footer":"f""#), "/interactive/footer unknown_field"),
        Refusal(
            interactive(#""type":"cta_url","body":"b","displayText":"t","url":"javascript:alert(1)""#),
            "/interactive/url invalid_value"
        ),
        Refusal(
            interactive(#""type":"flow","body":"b","flow":{"label":"l","data":7}"#),
            "/interactive/flow/data wrong_type",
            "/interactive/flow/id required"
        ),
        Refusal(
            interactive(#""type":"flow","body":"b","flow":{"id":"1","label":"l","data":{"x":["\u0000"]}}"#),
            "/interactive/flow/data invalid_characters"
        ),
        Refusal(
            interactive(#""type":"product_list","body":"b","catalogId":"1","sections":[{"productRetailerIds":[7]}]"#),
            "/interactive/header required",
            "/interactive/sections/0/productRetailerIds/0 invalid_value"
        ),
        Refusal(template(name: "Order Ready"), "/template/name invalid_value"),
        Refusal(#"{"type":"template","template":{"name":"a","language":"arabic"}}"#, "/template/language invalid_value"),
        Refusal(
            template(#","components":[{"type":"footer"},{"type":"button"}]"#),
            "/template/components/0/type invalid_value",
            "/template/components/1/subType required",
            "/template/components/1/index required"
        ),
        Refusal(
            template(#","components":[{"type":"body","index":0,"parameters":[]}]"#),
            "/template/components/0/parameters too_few",
            "/template/components/0/index unknown_field"
        ),
    ]

    @Test("All field errors at once, with pointers", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        #expect(Self.errors(refusal.body) == refusal.errors)
    }

    @Test func membersOfOthersAreLeftToThem() {
        #expect(Self.errors(#"{"type":"text","text":{"body":"x"},"replyTo":"1"}"#) == ["/replyTo unknown_field"])
        #expect(Self.errors(#"{"type":"text","text":{"body":"x"},"replyTo":"1"}"#, others: ["replyTo"]) == [])
    }

    @Test func mistakesByTheThousandAreCapped() {
        let body = "{\"type\":\"text\",\"text\":{\"body\":\"x\"}," + (0..<5000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        #expect(Self.errors(body).count == 100)
    }

    @Test("What is accepted is stored and read again the same", arguments: ContentSamples.all)
    func roundTrip(_ sample: ContentSamples.Sample) throws {
        let content = try OutboundContent(body: JSONDocument(parsing: sample.api).root)
        let stored = content.messageContent
        var writer = JSONWriter()
        writer.object { stored.write(to: &$0) }
        #expect(writer.text == sample.api)
        #expect(try OutboundContent(stored: stored) == content)
        #expect(!stored.preview.isEmpty)
    }

    @Test func storedContentThatIsNotOursIsRefused() {
        #expect(throws: DomainError.self) { try OutboundContent(stored: MessageContent(type: .text, json: "{")) }
        #expect(throws: DomainError.self) { try OutboundContent(stored: MessageContent(type: .order, json: "{}")) }
    }
}

import Core
import Testing

@testable import Simulator

@Suite("The bytes on the wire")
struct WireTests {
    @Test("Webhook bytes are escaped as Meta's and signed exactly (providers A2)")
    func vector() throws {
        let body: JSONValue = [
            "object": "whatsapp_business_account",
            "entry": [["id": "1", "changes": [["field": "messages", "value": ["t": "café 🍕 a/b"]]]]],
        ]
        let bytes = body.bytes(.meta)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"caf\u00e9 \ud83c\udf55 a\/b"}}]}]}"#
        )
        let signature = WebhookSignature(appSecret: Secret("meta_app_secret_for_tests"))
        #expect(signature.header(for: bytes) == "sha256=67639008e10016bb2526577b45a4b69cf5e0b288165ad44b7849730750f3cecd")
        #expect(signature.header(for: body.bytes(.plain)).hasPrefix("sha256=7ac0ed4443492278"))
    }

    @Test("A document survives reading and writing", arguments: [JSONEscaping.plain, .meta])
    func roundTrip(escaping: JSONEscaping) throws {
        let source = #"{"a":[1,-2.5e3,true,false,null,"\"\\\/\b\f\n\r\t\u0001\u00e9\ud83d\ude00"],"b":{},"c":"","d":[]}"#
        let value = try JSONValue(parsing: source.utf8)
        #expect(try JSONValue(parsing: value.bytes(escaping)) == value)
        #expect(value["a"]?.elements?[5].string == "\"\\/\u{8}\u{c}\n\r\t\u{1}é😀")
        #expect(value.bytes(.meta).allSatisfy { $0 < 0x80 })
    }

    @Test(
        "What is not JSON is refused, without a crash",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "01", "1.", "1e", "-", "tru", "\"\\u12\"", "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\u{1}\"", "{} {}", "{\"a\":1,\"a\":2}", "nul", "\"\\x\"", "\"open", "[1 2]", "{1:2}",
        ]
    )
    func malformed(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test("Depth is bounded, and UTF-8 is checked")
    func bounds() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000).utf8) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test("Ids name their customer and are never the same")
    func ids() {
        var source = MessageIDSource(seed: 7)
        let made = (0..<5000).map { _ in source.next(customer: "966500000001", fromCustomer: true) }
        #expect(Set(made).count == 5000)
        #expect(MessageIDSource.customer(of: made[0]) == "966500000001")
        #expect(MessageIDSource.customer(of: source.next(customer: "SA.1349", fromCustomer: false)) == "SA.1349")
        #expect(MessageIDSource.customer(of: "wamid.zz") == nil)
        #expect(MessageIDSource.customer(of: "wamid.HRj/") == nil)
    }
}

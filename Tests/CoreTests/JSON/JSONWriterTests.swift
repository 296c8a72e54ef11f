import Core
import Testing

@Suite("JSON: writing")
struct JSONWriterTests {
    @Test func nestsAndSeparates() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a", 1)
            $0.member(
                "b",
                array: {
                    $0.string("x")
                    $0.object { _ in }
                    $0.array { _ in }
                    $0.null()
                    $0.bool(true)
                    $0.raw("{\"r\":1}")
                }
            )
            $0.member("c", nullable: String?.none)
            $0.member("d", ifPresent: nil)
            $0.member("e", object: { $0.member("f", false) })
            $0.member("g", raw: [UInt8(ascii: "7")])
            $0.key("h")
            $0.double(1.5)
            $0.key("i")
            $0.double(.infinity)
        }
        #expect(writer.text == #"{"a":1,"b":["x",{},[],null,true,{"r":1}],"c":null,"e":{"f":false},"g":7,"h":1.5,"i":null}"#)
    }

    @Test func escapes() {
        var writer = JSONWriter()
        writer.string("\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é🍕\u{2028}\u{2029}\u{202a}")
        #expect(writer.text == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}é🍕\\u2028\\u2029\u{202a}\"")
    }

    @Test("Whatever must be escaped is, wherever it stands among bytes that are looked at in eights")
    func escapesEverywhere() {
        let cases: [(Unicode.Scalar, String)] = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\u{0}", "\\u0000"), ("\u{1f}", "\\u001f"), ("\u{2028}", "\\u2028"),
            ("\u{2029}", "\\u2029"), ("\u{20}", " "), ("\u{7f}", "\u{7f}"), ("\u{80}", "\u{80}"), ("\u{20ac}", "\u{20ac}"), ("ش", "ش"),
            ("🍕", "🍕"),
        ]
        for (scalar, escaped) in cases {
            for before in 0..<20 {
                for after in [0, 1, 7, 8, 9] {
                    let head = String(repeating: "a", count: before)
                    let tail = String(repeating: "z", count: after)
                    var writer = JSONWriter()
                    writer.string("\(head)\(scalar)\(tail)")
                    #expect(writer.text == "\"\(head)\(escaped)\(tail)\"")
                }
            }
        }
    }

    @Test(arguments: [0, 1, -1, 10, -10, 1_234_567_890, .max, .min] as [Int64])
    func integers(_ value: Int64) {
        var writer = JSONWriter()
        writer.int(value)
        #expect(writer.text == "\(value)")
    }

    @Test("What a provider sent is written again so that PostgreSQL's jsonb takes it")
    func sanitises() throws {
        let source = #"{"n":"a\u0000b","s":"\udc00","big":1e400,"long":\#(String(repeating: "1", count: 80)),"x":[1.50,true,null]}"#
        var writer = JSONWriter()
        writer.element(try JSONDocument(parsing: source, options: .lenient).root)
        #expect(
            writer.text
                == "{\"n\":\"a\u{fffd}b\",\"s\":\"\u{fffd}\",\"big\":\"1e400\",\"long\":\"\(String(repeating: "1", count: 80))\",\"x\":[1.50,true,null]}"
        )
    }
}

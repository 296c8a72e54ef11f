import Core
import Testing

@Suite("JSON: what is accepted and what is refused")
struct JSONVectorTests {
    static let accepted: [String] = [
        "null", " true ", "false", "0", "-0", "-1", "1.5e3", "1E+2", "123e-10", "\"\"", "\"a\"", "[]", "{}", "[ ]", "{ }", "[1]", "[1,2]",
        "[[]]", "[[],[]]",
        "{\"a\":1}", "{\"a\":{},\"b\":[]}", "{\"\":0}", "\"\\u0060\\u012a\\u12AB\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\ud83c\\udf55\"",
        "\"\u{7f}\"", "\"\u{2028}\"",
        "\t[\n1 ,\r2 ]\n", "\"é𝄞\"", "\"\\u0000\"", "[123456789012345678901234567890]", "\"\\uD834\\uDD1E\"", "{\"a\":1,\"A\":2}",
        "[1e400]", "\"\u{f4ff}\"",
    ]

    static let refused: [String] = [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{\"a\" 1}",
        "{1:1}", "[1}", "{\"a\":1]", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e",
        "1e+", "0x10", "1_000", "--1", "1.2.3",
        "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\U1234\"", "\"\n\"", "\"\t\"", "\"\u{0}\"", "'a'",
        "[1]]", "{}{}", "1 2", "null,", "/**/1", "[1]#",
        "\u{feff}1", "[\"a\",\n4\n,1,", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800a\"", "\"\\ud800\\n\"",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[1,\u{a0}2]",
    ]

    @Test(arguments: accepted)
    func accepts(_ text: String) throws {
        let document = try JSONDocument(parsing: text)
        #expect(!document.root.rawBytes.isEmpty)
    }

    @Test(arguments: refused)
    func refuses(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: text) }
    }

    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xff], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
        [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80],
        [0xf5, 0x80, 0x80, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3, 0x28], [0xe2, 0x28, 0xa1],
    ]

    @Test("P1: invalid UTF-8 is refused in both ways of reading", arguments: invalidUTF8)
    func refusesInvalidUTF8(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        for options in [JSONOptions.strict, .lenient] {
            #expect(throws: JSONSyntaxError(.invalidUTF8, at: 1)) { try JSONDocument(parsing: [quote] + bytes + [quote], options: options) }
        }
    }

    @Test func saysWhereAndWhy() {
        #expect(throws: JSONSyntaxError(.duplicateKey, at: 8)) { try JSONDocument(parsing: "{\"a\":1, \"a\":2}") }
        #expect(throws: JSONSyntaxError(.trailingBytes, at: 3)) { try JSONDocument(parsing: "[] x") }
        #expect(throws: JSONSyntaxError(.empty, at: 2)) { try JSONDocument(parsing: "  ") }
        #expect(throws: JSONSyntaxError(.loneSurrogate, at: 3)) { try JSONDocument(parsing: "\"ab\\udfff\"") }
        #expect(JSONSyntaxError(.tooDeep, at: 7).description == "nested too deep at byte 7")
    }

    @Test("P1: duplicate names deep inside and among many are found")
    func duplicates() {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: "[{\"x\":{\"b\":1,\"c\":{},\"b\":2}}]") }
        let many = (0..<50).map { "\"k\($0)\":{\"k\":[\($0)]}" }.joined(separator: ",")
        #expect(throws: Never.self) { try JSONDocument(parsing: "{\(many)}") }
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: "{\(many),\"\\u006b7\":1}") }
    }

    @Test func lenientReadingLosesNothing() throws {
        let source = #"{"a":1,"n":"x\u0000y","a":2,"s":"p\ud83cq","\ud800":"k"}"#
        let document = try JSONDocument(parsing: source, options: .lenient)
        #expect(document.root["a"]?.int == 2)
        #expect(document.root["s"]?.string == "p\u{fffd}q")
        #expect(document.root["n"]?.string == "x\u{fffd}y")
        #expect(document.root["n"]?.containsNUL == true)
        #expect(document.root["\u{fffd}"]?.string == "k")
        #expect(document.root.members.map(\.key) == ["a", "n", "a", "s", "\u{fffd}"])
        #expect(document.root.rawText == source)
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: source) }
    }

    @Test("P1: NUL is reported")
    func nul() throws {
        let document = try JSONDocument(parsing: #"{"a":"x\u0000"}"#)
        #expect(document.containsNUL)
        #expect(document.root["a"]?.string == "x\u{0}")
        #expect(try !JSONDocument(parsing: #"{"a":"\\u0000"}"#).containsNUL)
    }

    @Test("P1: numbers at and beyond the limits")
    func numbers() throws {
        func number(_ text: String) throws -> JSONElement { try JSONDocument(parsing: text).root }
        #expect(try number("9223372036854775807").int == .max)
        #expect(try number("-9223372036854775808").int == .min)
        #expect(try number("9223372036854775808").int == nil)
        #expect(try number("-9223372036854775809").int == nil)
        #expect(try number("-0").int == 0)
        #expect(try number("3.0").int == 3)
        #expect(try number("3e2").int == 300)
        #expect(try number("3.5").int == nil)
        #expect(try number("1e30").int == nil)
        #expect(try number("1e400").double == nil)
        #expect(try number("24.7136").double == 24.7136)
        #expect(try number(String(repeating: "9", count: 1_000_000)).double == nil)
        #expect(try number("\"1\"").int == nil)
    }

    @Test func absentAndWrongKinds() throws {
        let root = try JSONDocument(parsing: #"{"a":[1,"x",null,true],"b":{"c":false}}"#).root
        #expect(root["z"] == nil)
        #expect(root["a"]?["c"] == nil)
        #expect(root["a"]?.elements.count == 4)
        #expect(root["a"]?.members.isEmpty == true)
        #expect(root.elements.isEmpty)
        #expect(root["a"]?.elements[2].isNull == true)
        #expect(root["a"]?.elements[3].bool == true)
        #expect(root["b"]?["c"]?.bool == false)
        #expect(root["b"]?.kind == .object)
        #expect(root["a"]?.string == nil)
        #expect(root["a"]?.elements[1].equals("x") == true)
        #expect(root["a"]?.elements[1].equals("y") == false)
    }

    @Test func aByteOrderMarkInsideAStringIsKept() throws {
        #expect(
            try Array((JSONDocument(parsing: "\"\u{feff}a\u{feff}\"").root.string ?? "").utf8) == [
                0xef, 0xbb, 0xbf, 0x61, 0xef, 0xbb, 0xbf,
            ]
        )
    }

    @Test func everyElementKnowsItsSource() throws {
        let root = try JSONDocument(parsing: #" { "a" : [ 1 , { "b" : "c\n" } ] , "d" : -1.50 } "#).root
        #expect(root["a"]?.rawText == #"[ 1 , { "b" : "c\n" } ]"#)
        #expect(root["a"]?.elements[1].rawText == #"{ "b" : "c\n" }"#)
        #expect(root["a"]?.elements[1]["b"]?.rawText == #""c\n""#)
        #expect(root["d"]?.rawText == "-1.50")
    }
}

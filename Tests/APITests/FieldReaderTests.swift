import Core
import Foundation
import Testing

@testable import API

@Suite("Field reader")
struct FieldReaderTests {
    private enum Mode: String, CaseIterable, Sendable { case bot, agent }

    private struct Input: Equatable {
        var name: String
        var mode: Mode
        var count: Int64
        var flag: Bool
        var note: String?
        var tags: [String]
        var inner: Inner
        var id: MerchantID?
        var since: Timestamp?
    }

    private struct Inner: Equatable {
        var link: String
        var items: [Int64]
    }

    private func read(_ text: String) throws -> Input {
        try JSONBody(parsing: Array(text.utf8)).decode { fields in
            Input(
                name: fields.required("name", .text(1...5)),
                mode: fields.required("mode", .oneOf(Mode.self)),
                count: fields.required("count", .int(1...10)),
                flag: fields.optional("flag", .bool, default: true),
                note: fields.optional("note", .text(0...10)),
                tags: fields.optional("tags", .array(of: .text(1...3), 0...2), default: []),
                inner: fields.required(
                    "inner",
                    .object { inner in
                        Inner(link: inner.required("link", .httpsURL()), items: inner.required("items", .array(of: .int(0...9), 1...3)))
                    }
                ),
                id: fields.optional("id", .id()),
                since: fields.optional("since", .timestamp)
            )
        }
    }

    private func errors(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let problem as Problem {
            return problem.fields.map { "\($0.pointer) \($0.code)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test("A whole body is read")
    func whole() throws {
        let id = MerchantID.new()
        let input = try read(
            #"""
            {"name":"مرحبا","mode":"agent","count":3.0,"flag":false,"note":null,"tags":["a","bcd"],
             "inner":{"link":"https://example.com/a?b=c","items":[0,9]},"id":"\#(id)","since":"2026-01-31T18:30:00+03:00"}
            """#
        )
        #expect(input.name == "مرحبا")
        #expect(input.mode == .agent)
        #expect(input.count == 3)
        #expect(!input.flag)
        #expect(input.note == nil)
        #expect(input.tags == ["a", "bcd"])
        #expect(input.inner == Inner(link: "https://example.com/a?b=c", items: [0, 9]))
        #expect(input.id == id)
        #expect(input.since?.rfc3339 == "2026-01-31T15:30:00.000Z")
    }

    @Test("All errors of a body are found in one go, each with its pointer")
    func allErrors() {
        let found = errors(
            #"""
            {"name":"","mode":"robot","count":11,"flag":"yes","note":5,"tags":["a","",  "toolong"],
             "inner":{"link":"http://x","items":[10,"1",1.5],"extra":1},"id":"x","since":"yesterday","status":"open"}
            """#
        )
        #expect(
            found == [
                "/name too_short", "/mode invalid_value", "/count out_of_range", "/flag wrong_type", "/note wrong_type", "/tags too_many",
                "/inner/link invalid_format", "/inner/items/0 out_of_range", "/inner/items/1 wrong_type", "/inner/items/2 wrong_type",
                "/inner/extra unknown_field", "/id too_short", "/since too_short", "/status unknown_field",
            ]
        )
    }

    @Test("An object that is missing is one error, not one for each of its members")
    func missingObject() {
        #expect(errors(#"{"name":"a","mode":"bot","count":1}"#) == ["/inner required"])
        #expect(errors(#"{"name":"a","mode":"bot","count":1,"inner":[]}"#) == ["/inner wrong_type"])
        #expect(errors(#"{"name":null,"mode":"bot","count":1,"inner":null}"#) == ["/name wrong_type", "/inner wrong_type"])
    }

    @Test(
        "Numbers beyond Int64 or with a fraction are no whole numbers (P1)",
        arguments: ["1e400", "9223372036854775808", "0.5", "\"1\"", "-0.1"]
    )
    func numbers(text: String) {
        #expect(
            errors(#"{"name":"a","mode":"bot","count":\#(text),"inner":{"link":"https://a.b","items":[1]}}"#) == ["/count wrong_type"]
        )
    }

    @Test("NUL in a string is refused: PostgreSQL cannot store it")
    func nul() {
        #expect(
            errors(#"{"name":"a\u0000","mode":"bot","count":1,"inner":{"link":"https://a.b","items":[1]}}"#) == ["/name invalid_characters"]
        )
    }

    @Test(
        "I2: a name is one line that turns no text, of so many characters, one of which can be seen",
        arguments: [
            ("a\\nb", "invalid_characters"), ("a\\r\\nBcc: b", "invalid_characters"), ("a\\n", "invalid_characters"),
            ("\\u0000", "invalid_characters"),
            ("a\\tb", "invalid_characters"), ("\\u001b[31ma", "invalid_characters"), ("a\\u007f", "invalid_characters"),
            ("a\\u0085b", "invalid_characters"), ("a\\u2028b", "invalid_characters"), ("a\\u2029b", "invalid_characters"),
            ("a\\u202eb", "invalid_characters"), ("a\\u2066b\\u2069", "invalid_characters"), ("", "too_short"), ("  ", "invalid_format"),
            ("\\u00a0\\u3000", "invalid_format"), ("aaaaaaaaaaaaaaaaaaaaa", "too_long"), ("  a  ", nil), ("<script>alert()", nil),
            ("مطعم\\u200c بيت\\u200f", nil), ("👩\\u200d👩\\u200d👧", nil), ("\\u202f\\u2027b\\u2065", nil), ("=?utf-8?q?a?=", nil),
        ] as [(String, String?)]
    )
    func names(text: String, code: String?) throws {
        func read() throws -> String {
            try JSONBody(parsing: Array(#"{"name":"\#(text)"}"#.utf8)).decode { $0.required("name", .name(atMost: 20)) }
        }
        guard let code else {
            let name = try read()
            #expect(name == name.trimmingCharacters(in: .whitespaces) && !name.isEmpty)
            return
        }
        let error = #expect(throws: Problem.self) { try read() }
        #expect(error?.fields.map(\.code) == [code])
    }

    @Test("Lengths count code points, as JSON Schema does")
    func length() throws {
        #expect(throws: Never.self) { try read(#"{"name":"👩‍👩‍👧","mode":"bot","count":1,"inner":{"link":"https://a.b","items":[1]}}"#) }
        #expect(errors(#"{"name":"👩‍👩‍👧a","mode":"bot","count":1,"inner":{"link":"https://a.b","items":[1]}}"#) == ["/name too_long"])
    }

    @Test("A partial update tells absent, null and value apart")
    func patch() throws {
        func patch(_ text: String) throws -> Patch<String> {
            try JSONBody(parsing: Array(text.utf8)).decode { $0.patch("note", .text(1...5)) }
        }
        #expect(try patch("{}") == .absent)
        #expect(try patch(#"{"note":null}"#) == .null)
        #expect(try patch(#"{"note":"x"}"#) == .value("x"))
        #expect(throws: Problem.self) { try patch(#"{"note":"123456"}"#) }
        #expect(try patch(#"{"note":null}"#).applied(to: "old") == nil)
        #expect(try patch("{}").applied(to: "old") == "old")
    }

    @Test("The number of reported errors is bounded")
    func bounded() {
        let members = (0..<1000).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(errors("{\(members)}").count == 50)
    }
}

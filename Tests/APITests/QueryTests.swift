import Core
import HTTPTypes
import Testing

@testable import API

@Suite("Query parameters")
struct QueryTests {
    @Test("Names and values are decoded as browsers encode them")
    func decoding() throws {
        let query = try QueryReader(query: "q=caf%C3%A9+latte&unread=true&empty=&flag&id=%2B966")
        #expect(query.string("q") == "café latte")
        #expect(query.bool("unread") == true)
        #expect(query.string("flag", 0...5) == "")
        #expect(query.string("id") == "+966")
        try query.finish()
    }

    @Test("A scalar given twice is 400, whatever its name")
    func repeated() {
        for query in ["limit=1&limit=2", "a=1&b=2&%61=3", "x&x"] {
            #expect(code { try QueryReader(query: query) } == "repeated_parameter", "\(query)")
        }
    }

    @Test("What cannot be decoded is 400", arguments: ["q=%", "q=%0", "q=%zz", "q=%00", "q=%ff", "q=%ed%a0%80"])
    func malformed(query: String) {
        #expect(code { try QueryReader(query: query) } == "malformed_request")
    }

    @Test("Unknown parameters are ignored; wrong ones are all reported")
    func errors() throws {
        let query = try QueryReader(query: "unread=yes&since=now&merchant=1&mode=x&page=7&utm=1")
        _ = (
            query.bool("unread"), query.timestamp("since"), query.id("merchant", MerchantID.self), query.oneOf("mode", Mode.self),
            query.int("page", 1...5)
        )
        do {
            try query.finish()
            Issue.record("errors were lost")
        } catch let problem as Problem {
            #expect(problem.fields.map(\.pointer) == ["?unread", "?since", "?merchant", "?mode", "?page"])
            #expect(problem.status.code == 422)
        }
    }

    @Test(
        "R7: limit is clamped above and refused below",
        arguments: [
            ("", 25), ("limit=7", 7), ("limit=100", 100), ("limit=101", 100), ("limit=1000000000", 100),
            ("limit=99999999999999999999999", 100),
        ]
    )
    func limit(query: String, expected: Int) throws {
        let reader = try QueryReader(query: query)
        #expect(reader.limit() == expected)
        try reader.finish()
    }

    @Test("R7: limit below one or no number is 422", arguments: ["0", "-1", "-99999999999999999999999", "x", "", "1.5", "%2B1"])
    func badLimit(value: String) throws {
        let reader = try QueryReader(query: "limit=\(value)")
        _ = reader.limit()
        #expect(code { try reader.finish() } == "validation_failed")
    }

    private enum Mode: String, CaseIterable, Sendable { case bot, agent }

    private func code(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? Problem)?.code.rawValue
        }
    }
}

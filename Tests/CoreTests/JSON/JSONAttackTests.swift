import Core
import Testing

/// R3: none of these may take more than a moment, nor the stack.
@Suite("JSON: attacks", .timeLimit(.minutes(1)))
struct JSONAttackTests {
    private static let clock = ContinuousClock()

    @Test("R3: depth of 100,000 is refused at the limit, and read without recursion when allowed")
    func depth() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: JSONSyntaxError(.tooDeep, at: 32)) { try JSONDocument(parsing: deep) }
        #expect(throws: Never.self) { try JSONDocument(parsing: deep, maxDepth: 100_000) }
        let atLimit = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try JSONDocument(parsing: atLimit) }
    }

    @Test("R3: 10^5 duplicate keys")
    func duplicateKeys() throws {
        let text = "{" + Array(repeating: "\"a\":1", count: 100_000).joined(separator: ",") + "}"
        #expect(throws: JSONSyntaxError(.duplicateKey, at: 7)) { try JSONDocument(parsing: text) }
        let lenient = try JSONDocument(parsing: text, options: .lenient)
        #expect(lenient.root.members.count == 100_000)
    }

    @Test("R3: 10^6 keys cost about ten times 10^5 keys")
    func linearInKeys() throws {
        func keys(_ count: Int) -> [UInt8] { Array(("{" + (0..<count).map { "\"k\($0)\":0" }.joined(separator: ",") + "}").utf8) }
        let (fewer, more) = (keys(100_000), keys(1_000_000))
        var small = Duration.seconds(100)
        var large = Duration.seconds(100)
        // In turn and the best of each: other tests run at the same time and would slow one of the two down.
        for _ in 0..<6 {
            small = min(small, try Self.clock.measure { _ = try JSONDocument(parsing: fewer) })
            large = min(large, try Self.clock.measure { _ = try JSONDocument(parsing: more) })
        }
        // Quadratic would be a hundred; caches cost up to three times of linear.
        #expect(large < small * 80, "\(small) for 10^5, \(large) for 10^6")
    }

    @Test("R3: escaped names that look different and are the same")
    func escapedDuplicates() {
        let names = (0..<20).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: "{\(names),\"\\u006b3\":0}") }
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: "{\"\\/\":0,\"/\":1}") }
    }

    @Test("R3: a number of one megabyte")
    func longNumber() throws {
        let document = try JSONDocument(parsing: "[" + String(repeating: "1", count: 1_000_000) + "]")
        #expect(document.root.elements.first?.int == nil)
        #expect(document.root.elements.first?.double == nil)
    }

    @Test("1.5 KB are read in microseconds")
    func speed() throws {
        let text =
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"pad":"\#(String(repeating: "x\\u00e9\\/", count: 40))","list":[\#((0..<60).map { "{\"id\":\"\($0)\"}" }.joined(separator: ","))]}}]}]}"#
        let bytes = Array(text.utf8)
        var best = Duration.seconds(1)
        for _ in 0..<20 {
            let time = try Self.clock.measure {
                for _ in 0..<100 { _ = try JSONDocument(parsing: bytes, options: .lenient) }
            }
            best = min(best, time / 100)
        }
        print("json: \(bytes.count) bytes in \(best)")
        // Ten times what it takes on a quiet machine.
        #expect(best < .microseconds(100))
    }
}

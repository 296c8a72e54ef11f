import Core
import Foundation
import Testing

/// SplitMix64: the same documents in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite("JSON: properties")
struct JSONPropertyTests {
    indirect enum Value: Equatable {
        case null, bool(Bool), int(Int64), string(String), array([Value]), object([String: Value])
    }

    // Without U+FEFF, which Foundation on Linux drops from strings; `JSONVectorTests` has it.
    private static let alphabet: [Character] = [
        "a", "b", "\"", "\\", "/", "\n", "\t", "\u{1}", "\u{1f}", "é", "م", "🍕", "\u{2028}", "\u{2029}", "\u{7f}", " ",
    ]

    private static func text(_ generator: inout SeededGenerator) -> String {
        String((0..<Int.random(in: 0...12, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> Value {
        switch Int.random(in: 0...(depth > 0 ? 7 : 4), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .int(.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...62, using: &generator))
        case 3, 4: .string(text(&generator))
        case 5: .array((0..<Int.random(in: 0...5, using: &generator)).map { _ in value(&generator, depth: depth - 1) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...12, using: &generator)).map { _ in (text(&generator), value(&generator, depth: depth - 1)) },
                    uniquingKeysWith: { first, _ in first }
                )
            )
        }
    }

    private static func write(_ value: Value, _ writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .bool(let bool): writer.bool(bool)
        case .int(let int): writer.int(int)
        case .string(let string): writer.string(string)
        case .array(let elements): writer.array { for element in elements { write(element, &$0) } }
        case .object(let members):
            writer.object {
                for (key, value) in members {
                    $0.key(key)
                    write(value, &$0)
                }
            }
        }
    }

    private static func read(_ element: JSONElement) -> Value? {
        switch element.kind {
        case .null: return .null
        case .bool: return element.bool.map { .bool($0) }
        case .number: return element.int.map { .int($0) }
        case .string: return element.string.map { .string($0) }
        case .array: return .array(element.elements.compactMap(read))
        case .object:
            var members: [String: Value] = [:]
            for (key, value) in element.members { members[key] = read(value) }
            return .object(members)
        }
    }

    /// What Foundation makes of the same bytes.
    private static func foundation(_ any: Any) -> Value? {
        switch any {
        case is NSNull: .null
        case let string as String: .string(string)
        case let number as NSNumber where isBoolean(number): .bool(number.boolValue)
        case let number as NSNumber: .int(number.int64Value)
        case let array as [Any]: .array(array.compactMap(foundation))
        case let object as [String: Any]: .object(object.compactMapValues(foundation))
        default: nil
        }
    }

    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
    }

    @Test func whatIsWrittenIsReadByUsAndByFoundation() throws {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<1500 {
            let value = Self.value(&generator, depth: 4)
            var writer = JSONWriter()
            Self.write(value, &writer)
            let document = try JSONDocument(parsing: writer.bytes)
            #expect(Self.read(document.root) == value)
            let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
            #expect(Self.foundation(theirs) == value)
        }
    }

    @Test func whatFoundationWritesIsRead() throws {
        var generator = SeededGenerator(state: 11)
        for _ in 0..<500 {
            let value = Self.value(&generator, depth: 4)
            var writer = JSONWriter()
            Self.write(value, &writer)
            let object = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
            let theirs = try JSONSerialization.data(withJSONObject: object, options: [.fragmentsAllowed, .prettyPrinted])
            #expect(Self.read(try JSONDocument(parsing: theirs).root) == value)
        }
    }

    @Test("Mutated documents never trap, and what strict reading accepts Foundation accepts too")
    func mutations() throws {
        var generator = SeededGenerator(state: 13)
        let interesting = Array("{}[]\",:\\u0019dDeE+-.ntf \u{0}\n".utf8) + [0x80, 0xc3, 0xe2, 0xed, 0xf0, 0xff]
        var acceptedCount = 0
        for _ in 0..<1500 {
            var writer = JSONWriter()
            Self.write(Self.value(&generator, depth: 3), &writer)
            for _ in 0..<6 {
                var bytes = writer.bytes
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let position = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
                    switch Int.random(in: 0...3, using: &generator) {
                    case 0 where position < bytes.count: bytes.remove(at: position)
                    case 1: bytes.insert(interesting.randomElement(using: &generator) ?? 0, at: min(position, bytes.count))
                    case 2 where position < bytes.count: bytes[position] = interesting.randomElement(using: &generator) ?? 0
                    default: bytes = Array(bytes.prefix(position))
                    }
                }
                Self.walk(try? JSONDocument(parsing: bytes, options: .lenient))
                guard let document = try? JSONDocument(parsing: bytes) else { continue }
                acceptedCount += 1
                Self.walk(document)
                if !document.containsNUL, Self.numbersFit(document.root) {
                    #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") {
                        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
                    }
                }
            }
        }
        #expect(acceptedCount > 100)
    }

    /// Foundation refuses `1e999` while reading; here it is refused where a number is asked for.
    private static func numbersFit(_ element: JSONElement) -> Bool {
        (element.kind != .number || element.double != nil) && element.elements.allSatisfy(numbersFit)
            && element.members.allSatisfy { numbersFit($0.value) }
    }

    /// Touches everything an element offers, and checks that what the writer makes of it is strict JSON.
    private static func walk(_ document: JSONDocument?) {
        guard let document else { return }
        func visit(_ element: JSONElement) {
            _ = (element.string, element.int, element.double, element.bool, element.isNull, element.rawText, element["a"])
            for (_, value) in element.members { visit(value) }
            for value in element.elements { visit(value) }
        }
        visit(document.root)
        var writer = JSONWriter()
        writer.element(document.root)
        #expect(throws: Never.self) {
            try JSONDocument(parsing: writer.bytes, options: JSONOptions(refusesDuplicateKeys: false, refusesLoneSurrogates: true))
        }
    }
}

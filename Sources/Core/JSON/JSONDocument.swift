/// A parsed JSON text (RFC 8259): its bytes and a tape of tokens over them.
///
/// Reading costs one pass and one allocation for the tape; strings and numbers are decoded when somebody asks. Every element knows its exact source
/// bytes, so that a part of a provider's payload can be kept as it came.
public struct JSONDocument: Sendable {
    let storage: JSONStorage

    /// - Parameters:
    ///   - options: `.strict` for our own API, `.lenient` for providers' payloads.
    ///   - maxDepth: how many objects and arrays may be open at once.
    public init(parsing bytes: [UInt8], options: JSONOptions = .strict, maxDepth: Int = 32) throws(JSONSyntaxError) {
        storage = JSONStorage(
            bytes: bytes,
            tape: try JSONParser.tape(bytes.span, options: options, maxDepth: maxDepth),
            repairs: !options.refusesLoneSurrogates
        )
    }

    public init(parsing bytes: some Sequence<UInt8>, options: JSONOptions = .strict, maxDepth: Int = 32) throws(JSONSyntaxError) {
        try self.init(parsing: Array(bytes), options: options, maxDepth: maxDepth)
    }

    public init(parsing text: String, options: JSONOptions = .strict, maxDepth: Int = 32) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8), options: options, maxDepth: maxDepth)
    }

    public var root: JSONElement { JSONElement(storage: storage, index: 0) }

    /// The source.
    public var bytes: [UInt8] { storage.bytes }

    /// Whether any string or member name has `\u0000`, which PostgreSQL's `text` cannot hold.
    public var containsNUL: Bool { storage.tape.contains { $0.flags.contains(.nul) } }
}

/// What a document's elements share; a class, so that an element is one reference and a position.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let tape: [JSONToken]
    /// Decode NUL as U+FFFD.
    let repairs: Bool

    init(bytes: [UInt8], tape: [JSONToken], repairs: Bool) {
        self.bytes = bytes
        self.tape = tape
        self.repairs = repairs
    }

    func text(_ token: JSONToken) -> String {
        let bytes = bytes
        if token.flags.contains(.escaped) {
            return String(decoding: JSONText.decode(token, bytes.span, repairing: repairs), as: UTF8.self)
        }
        return String(decoding: bytes[Int(token.start) + 1..<Int(token.end) - 1], as: UTF8.self)
    }

    /// The tape position of the last member called `key`.
    func member(_ key: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
        let end = Int(tape[object].next)
        let bytes = bytes
        let source = bytes.span
        var found: Int?
        var position = object + 1
        while position < end {
            if JSONText.equal(tape[position], key, source) { found = position + 1 }
            position = Int(tape[position + 1].next)
        }
        return found
    }
}

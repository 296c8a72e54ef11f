/// Reads bytes into a tape, in one pass and without recursion: the work is linear in the input and the stack does not grow with its depth.
enum JSONParser {
    private enum Expecting {
        case value, valueOrEnd, key, keyOrEnd, commaOrEnd
    }

    /// Marks "no container around this one" on the tape.
    private static let noParent = UInt32.max

    static func tape(_ bytes: Span<UInt8>, options: JSONOptions, maxDepth: Int) throws(JSONSyntaxError) -> [JSONToken] {
        guard bytes.count < Int(UInt32.max) else { throw JSONSyntaxError(.tooLarge, at: Int(UInt32.max)) }
        var tape: [JSONToken] = []
        tape.reserveCapacity(bytes.count / 10 + 8)
        var position = 0
        var parent = noParent
        var depth = 0
        var expecting = Expecting.value

        repeat {
            skipWhitespace(bytes, &position)
            guard position < bytes.count else { throw JSONSyntaxError(tape.isEmpty ? .empty : .unexpectedEnd, at: position) }
            let byte = bytes[position]
            switch expecting {
            case .commaOrEnd:
                let inObject = tape[Int(parent)].kind == .object
                if byte == UInt8(ascii: ",") {
                    position += 1
                    expecting = inObject ? .key : .value
                } else if byte == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    try close(&tape, bytes, &position, &parent, &depth, options)
                } else {
                    throw JSONSyntaxError(.unexpectedByte, at: position)
                }
            case .key, .keyOrEnd:
                if byte == UInt8(ascii: "\"") {
                    tape.append(try string(bytes, &position, next: tape.count + 1, options))
                    skipWhitespace(bytes, &position)
                    guard position < bytes.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
                    guard bytes[position] == UInt8(ascii: ":") else { throw JSONSyntaxError(.unexpectedByte, at: position) }
                    position += 1
                    expecting = .value
                } else if byte == UInt8(ascii: "}"), expecting == .keyOrEnd {
                    try close(&tape, bytes, &position, &parent, &depth, options)
                    expecting = .commaOrEnd
                } else {
                    throw JSONSyntaxError(.unexpectedByte, at: position)
                }
            case .value, .valueOrEnd:
                switch byte {
                case UInt8(ascii: "\""):
                    tape.append(try string(bytes, &position, next: tape.count + 1, options))
                    expecting = .commaOrEnd
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    guard depth <= maxDepth else { throw JSONSyntaxError(.tooDeep, at: position) }
                    let isObject = byte == UInt8(ascii: "{")
                    tape.append(JSONToken(start: UInt32(position), end: 0, next: parent, kind: isObject ? .object : .array))
                    parent = UInt32(tape.count - 1)
                    position += 1
                    expecting = isObject ? .keyOrEnd : .valueOrEnd
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    tape.append(try number(bytes, &position, next: tape.count + 1))
                    expecting = .commaOrEnd
                case UInt8(ascii: "t"):
                    tape.append(try literal(bytes, &position, next: tape.count + 1, "true", .true))
                    expecting = .commaOrEnd
                case UInt8(ascii: "f"):
                    tape.append(try literal(bytes, &position, next: tape.count + 1, "false", .false))
                    expecting = .commaOrEnd
                case UInt8(ascii: "n"):
                    tape.append(try literal(bytes, &position, next: tape.count + 1, "null", .null))
                    expecting = .commaOrEnd
                case UInt8(ascii: "]") where expecting == .valueOrEnd:
                    try close(&tape, bytes, &position, &parent, &depth, options)
                    expecting = .commaOrEnd
                default:
                    throw JSONSyntaxError(.unexpectedByte, at: position)
                }
            }
        } while parent != noParent

        skipWhitespace(bytes, &position)
        guard position == bytes.count else { throw JSONSyntaxError(.trailingBytes, at: position) }
        return tape
    }

    /// Ends the innermost container: `parent` becomes the one around it.
    private static func close(
        _ tape: inout [JSONToken],
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        _ parent: inout UInt32,
        _ depth: inout Int,
        _ options: JSONOptions
    ) throws(JSONSyntaxError) {
        position += 1
        let container = Int(parent)
        parent = tape[container].next
        tape[container].end = UInt32(position)
        tape[container].next = UInt32(tape.count)
        depth -= 1
        if options.refusesDuplicateKeys, tape[container].kind == .object,
            let offset = JSONDuplicateKeys.first(in: tape, object: container, bytes)
        {
            throw JSONSyntaxError(.duplicateKey, at: offset)
        }
    }

    @inline(__always)
    private static func skipWhitespace(_ bytes: Span<UInt8>, _ position: inout Int) {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            position += 1
        }
    }

    private static func literal(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        next: Int,
        _ text: StaticString,
        _ kind: JSONToken.Kind
    ) throws(JSONSyntaxError) -> JSONToken {
        let start = position
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
            guard bytes[position] == text.utf8Start[offset] else { throw JSONSyntaxError(.unexpectedByte, at: position) }
            position += 1
        }
        return JSONToken(start: UInt32(start), end: UInt32(position), next: UInt32(next), kind: kind)
    }

    private static func number(_ bytes: Span<UInt8>, _ position: inout Int, next: Int) throws(JSONSyntaxError) -> JSONToken {
        let start = position
        var flags: JSONToken.Flags = .plainInteger
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leadingZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
        let whole = digits(bytes, &position)
        guard whole > 0, whole == 1 || !leadingZero else { throw JSONSyntaxError(.invalidNumber, at: start) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            flags = []
            position += 1
            guard digits(bytes, &position) > 0 else { throw JSONSyntaxError(.invalidNumber, at: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            flags = []
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") { position += 1 }
            guard digits(bytes, &position) > 0 else { throw JSONSyntaxError(.invalidNumber, at: start) }
        }
        return JSONToken(start: UInt32(start), end: UInt32(position), next: UInt32(next), kind: .number, flags: flags)
    }

    private static func digits(_ bytes: Span<UInt8>, _ position: inout Int) -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }
}

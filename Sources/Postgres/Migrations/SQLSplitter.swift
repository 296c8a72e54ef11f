/// Splits SQL into statements at the semicolons outside quotes, dollar quotes and comments.
///
/// Understands `'…'`, `E'…'`, `"…"`, `$tag$…$tag$`, `--` and nested `/* */` as PostgreSQL's scanner does (standard_conforming_strings on).
/// Bodies in SQL-standard form (`begin atomic … end`) are not understood: quote them.
struct SQLSplitter {
    struct Piece: Equatable {
        /// Without the semicolon and without blank space and comments around it.
        var text: String
        /// Line of its first character, from 1.
        var line: Int
    }

    private let source: [UInt8]
    private var position = 0

    private init(_ sql: String) {
        source = Array(sql.utf8)
    }

    static func split(_ sql: String) -> [Piece] {
        var splitter = SQLSplitter(sql)
        return splitter.pieces()
    }

    private mutating func pieces() -> [Piece] {
        var pieces: [Piece] = []
        var start: Int?
        var end = 0
        while position < source.count {
            if skipBlank() || skipComment() { continue }
            if source[position] == UInt8(ascii: ";") {
                if let first = start { pieces.append(piece(first, end)) }
                start = nil
                position += 1
                continue
            }
            if start == nil { start = position }
            advance()
            end = position
        }
        if let first = start { pieces.append(piece(first, end)) }
        return pieces
    }

    private func piece(_ start: Int, _ end: Int) -> Piece {
        Piece(
            text: String(decoding: source[start..<end], as: UTF8.self),
            line: 1 + source[..<start].count { $0 == UInt8(ascii: "\n") }
        )
    }

    /// Passes over one token or character of a statement.
    private mutating func advance() {
        switch source[position] {
        case UInt8(ascii: "'"): skipQuoted(UInt8(ascii: "'"), escapes: followsEscapePrefix)
        case UInt8(ascii: "\""): skipQuoted(UInt8(ascii: "\""), escapes: false)
        case UInt8(ascii: "$"): skipDollar()
        default: position += 1
        }
    }

    private mutating func skipBlank() -> Bool {
        guard [0x20, 0x09, 0x0a, 0x0d, 0x0c, 0x0b].contains(source[position]) else { return false }
        position += 1
        return true
    }

    private mutating func skipComment() -> Bool {
        if starts("--") {
            while position < source.count, source[position] != UInt8(ascii: "\n") { position += 1 }
            return true
        }
        guard starts("/*") else { return false }
        var depth = 0
        while position < source.count {
            if starts("/*") {
                depth += 1
                position += 2
            } else if starts("*/") {
                depth -= 1
                position += 2
                if depth == 0 { break }
            } else {
                position += 1
            }
        }
        return true
    }

    private mutating func skipQuoted(_ quote: UInt8, escapes: Bool) {
        position += 1
        while position < source.count {
            if escapes, source[position] == UInt8(ascii: "\\") {
                position = min(position + 2, source.count)
            } else if source[position] == quote {
                position += 1
                // A doubled quote is one inside the text.
                guard position < source.count, source[position] == quote else { return }
                position += 1
            } else {
                position += 1
            }
        }
    }

    /// `E'…'`, where the E is a word of its own.
    private var followsEscapePrefix: Bool {
        guard position > 0, source[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return position < 2 || !Self.isIdentifier(source[position - 2])
    }

    private mutating func skipDollar() {
        let start = position
        position += 1
        // `a$b$` is an identifier, `$1` a parameter: neither opens a quote.
        if start > 0, Self.isIdentifier(source[start - 1]) { return }
        var end = position
        while end < source.count, Self.isIdentifier(source[end]), source[end] != UInt8(ascii: "$") { end += 1 }
        guard end < source.count, source[end] == UInt8(ascii: "$"), end == position || !Self.isDigit(source[position]) else { return }
        let tag = source[start...end]
        position = end + 1
        while position < source.count {
            if source[position] == UInt8(ascii: "$"), source[position...].starts(with: tag) {
                position += tag.count
                return
            }
            position += 1
        }
    }

    private func starts(_ text: StaticString) -> Bool {
        position + 1 < source.count && source[position] == text.utf8Start[0] && source[position + 1] == text.utf8Start[1]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return isDigit(byte) || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "$") || byte >= 0x80
    }
}

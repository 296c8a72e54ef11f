/// SQL with its parameters. An interpolated value becomes a bind (`$1`, `$2` …), never text:
/// ```swift
/// let statement: Statement = "select name from merchants where id = \(id)"
/// ```
/// Raw text needs `\(unescaped:)`, a name that comes from outside `\(identifier:)`.
/// A statement is prepared on its first use on each connection, so its text should come from a small set.
public struct Statement: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$n` in place of values.
    public let sql: String
    let values: PostgresValues

    /// The number of parameters.
    public var parameterCount: Int { values.fields.count }

    public init(stringLiteral value: String) {
        sql = value
        values = PostgresValues()
    }

    public init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        values = stringInterpolation.values
    }

    /// A statement from text and binds, for SQL that is put together at run time. The text must not contain values.
    public init(unescaped sql: String, _ binds: [any PostgresEncodable] = []) {
        var values = PostgresValues()
        for bind in binds { values.append(bind) }
        self.sql = sql
        self.values = values
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = ""
        fileprivate var values = PostgresValues()

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
            values.reserve(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value as the next parameter.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            values.append(value)
            sql += "$"
            sql += String(values.fields.count)
        }

        /// Binds a value or NULL as the next parameter.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            values.append(value)
            sql += "$"
            sql += String(values.fields.count)
        }

        /// Inserts text as it is. Never pass anything that comes from outside.
        public mutating func appendInterpolation(unescaped text: String) {
            sql += text
        }

        /// Inserts the number after LIMIT as text, rounded up to one of a few sizes; the caller drops what is too many.
        ///
        /// A plan for all parameters that does not know how few rows are wanted may sort the whole table for them.
        public mutating func appendInterpolation(limit count: Int) {
            sql += String([26, 51, 101, 501].first { $0 >= count } ?? count)
        }

        /// Inserts a quoted identifier.
        public mutating func appendInterpolation(identifier name: String) {
            sql += quotedIdentifier(name)
        }
    }
}

/// `name` in double quotes, safe inside SQL. A NUL cannot be in an identifier and is left out.
func quotedIdentifier(_ name: String) -> String {
    var quoted = "\""
    for character in name.unicodeScalars where character != "\0" {
        quoted.unicodeScalars.append(character)
        if character == "\"" { quoted.unicodeScalars.append(character) }
    }
    return quoted + "\""
}

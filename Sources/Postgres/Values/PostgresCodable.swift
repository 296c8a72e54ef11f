/// A value that can be bound to a parameter of a ``Statement``, in PostgreSQL's binary format.
///
/// To make a wrapper encodable, take the type of what it wraps and pass the call on:
/// ```swift
/// extension ChannelID: PostgresCodable {
///     public static var postgresType: PostgresType { .uuid }
///     public func encode(into writer: inout PostgresValueWriter) { uuid.encode(into: &writer) }
///     public init(postgres value: PostgresValueReader) throws { self.init(try UUID(postgres: value)) }
/// }
/// ```
/// Arrays and optionals of it then work too.
public protocol PostgresEncodable: Sendable {
    /// The type declared for the parameter.
    static var postgresType: PostgresType { get }
    /// The type declared for an array of these values.
    static var postgresArrayType: PostgresType { get }

    /// Appends the binary form, or calls ``PostgresValueWriter/writeNull()``.
    func encode(into writer: inout PostgresValueWriter)

    /// Appends the binary form of an array of these values.
    static func encodeArray(_ values: [Self], into writer: inout PostgresValueWriter)
}

/// A value that can be read from a column, in PostgreSQL's binary format.
public protocol PostgresDecodable: Sendable {
    /// The type named as expected in errors.
    static var postgresType: PostgresType { get }

    /// Reads the value. Whatever is thrown becomes a ``PostgresError`` that names the column and holds no value.
    init(postgres value: PostgresValueReader) throws

    /// Reads an array of these values.
    static func decodeArray(_ value: PostgresValueReader) throws -> [Self]
}

public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

/// Why a column could not be read as the asked type. It can only hold static text, so that no value slips into it.
public struct PostgresValueError: Error, Sendable {
    public enum Reason: Sendable {
        /// NULL, and the asked type is not optional.
        case unexpectedNull
        /// The column has another type.
        case typeMismatch
        /// The bytes are not what the type prescribes, or out of range.
        case malformed(StaticString)
    }

    public let reason: Reason

    public init(_ reason: Reason) {
        self.reason = reason
    }
}

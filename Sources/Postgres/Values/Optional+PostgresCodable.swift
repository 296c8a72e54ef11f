extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }
    public static var postgresArrayType: PostgresType { Wrapped.postgresType.array }

    public func encode(into writer: inout PostgresValueWriter) {
        if let self { self.encode(into: &writer) } else { writer.writeNull() }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    @inlinable
    public static var postgresType: PostgresType { Wrapped.postgresType }

    @inlinable
    public init(postgres value: PostgresValueReader) throws {
        self = value.isNull ? nil : try Wrapped(postgres: value)
    }
}

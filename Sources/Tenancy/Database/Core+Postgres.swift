import Core
import Foundation
import Postgres

// Core knows no database and Postgres no product: their types meet here.

extension Identifier: PostgresCodable {
    public static var postgresType: PostgresType { UUID.postgresType }

    @inlinable
    public init(postgres value: PostgresValueReader) throws {
        self.init(try UUID(postgres: value))
    }

    public func encode(into writer: inout PostgresValueWriter) {
        uuid.encode(into: &writer)
    }
}

extension Timestamp: PostgresCodable {
    public static var postgresType: PostgresType { PostgresTimestamp.postgresType }

    public init(postgres value: PostgresValueReader) throws {
        self.init(microseconds: try PostgresTimestamp(postgres: value).microsecondsSinceUnixEpoch)
    }

    public func encode(into writer: inout PostgresValueWriter) {
        PostgresTimestamp(microsecondsSinceUnixEpoch: microseconds).encode(into: &writer)
    }
}

extension PostgresError {
    /// Raised by `platform.refuse_unless`: the transaction is undone because the change that it was about does not apply.
    public var isRefusedChange: Bool { sqlState == "MT004" }
}

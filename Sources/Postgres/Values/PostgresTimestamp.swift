/// A `timestamptz`: microseconds since 1970-01-01T00:00:00Z.
public struct PostgresTimestamp: Hashable, Sendable, Comparable {
    public var microsecondsSinceUnixEpoch: Int64

    public init(microsecondsSinceUnixEpoch: Int64) {
        self.microsecondsSinceUnixEpoch = microsecondsSinceUnixEpoch
    }

    public static func < (left: Self, right: Self) -> Bool { left.microsecondsSinceUnixEpoch < right.microsecondsSinceUnixEpoch }

    /// PostgreSQL counts from 2000-01-01T00:00:00Z.
    static let epoch: Int64 = 946_684_800_000_000
}

extension PostgresTimestamp: PostgresCodable {
    public static var postgresType: PostgresType { .timestamptz }

    public func encode(into writer: inout PostgresValueWriter) {
        // A moment too early for PostgreSQL saturates; the server then refuses it as out of range instead of this process trapping.
        let (value, overflow) = microsecondsSinceUnixEpoch.subtractingReportingOverflow(Self.epoch)
        writer.writeInteger(overflow ? Int64.min + 1 : value)
    }

    public init(postgres value: PostgresValueReader) throws {
        let stored = try value.bytes(of: .timestamptz, count: 8).bigEndian(Int64.self)
        let (sum, overflow) = stored.addingReportingOverflow(Self.epoch)
        guard !overflow, stored != .min else { throw PostgresValueError(.malformed("infinity")) }
        self.init(microsecondsSinceUnixEpoch: sum)
    }
}

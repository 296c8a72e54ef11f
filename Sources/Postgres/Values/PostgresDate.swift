/// A `date`: days since 1970-01-01.
public struct PostgresDate: Hashable, Sendable, Comparable {
    public var daysSinceUnixEpoch: Int32

    public init(daysSinceUnixEpoch: Int32) {
        self.daysSinceUnixEpoch = daysSinceUnixEpoch
    }

    public static func < (left: Self, right: Self) -> Bool { left.daysSinceUnixEpoch < right.daysSinceUnixEpoch }

    /// PostgreSQL counts from 2000-01-01.
    static let epoch: Int32 = 10_957
}

extension PostgresDate: PostgresCodable {
    public static var postgresType: PostgresType { .date }

    public func encode(into writer: inout PostgresValueWriter) {
        let (value, overflow) = daysSinceUnixEpoch.subtractingReportingOverflow(Self.epoch)
        writer.writeInteger(overflow ? Int32.min + 1 : value)
    }

    public init(postgres value: PostgresValueReader) throws {
        let stored = try value.bytes(of: .date, count: 4).bigEndian(Int32.self)
        let (sum, overflow) = stored.addingReportingOverflow(Self.epoch)
        guard !overflow, stored != .min else { throw PostgresValueError(.malformed("infinity")) }
        self.init(daysSinceUnixEpoch: sum)
    }
}

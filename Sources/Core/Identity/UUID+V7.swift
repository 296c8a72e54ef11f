import Foundation

extension UUID {
    /// A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, 12 bits of the millisecond's fraction (method 3), 62 random bits.
    ///
    /// The fraction keeps ids of one process in the order they were made to about a quarter of a microsecond's worth of rounding,
    /// which is what a table partitioned and indexed by id wants; nothing relies on it for correctness.
    public static func v7(at time: Timestamp = .now) -> UUID {
        let milliseconds = UInt64(bitPattern: time.microseconds / 1000)
        let fraction = UInt64(bitPattern: time.microseconds % 1000) * 4096 / 1000
        let high = (milliseconds << 16) | 0x7000 | (fraction & 0x0fff)
        let low = (UInt64.random(in: .min ... .max) & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        return UUID(high: high, low: low)
    }

    /// A UUID from its two halves, most significant first.
    public init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            )
        )
    }
}

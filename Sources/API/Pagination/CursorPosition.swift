import Core
import Foundation

/// The keyset of the last row of a page, packed in the order of the list's index.
public struct CursorPosition: Sendable, Equatable {
    var bytes: [UInt8]

    public init() { bytes = [] }

    init(bytes: [UInt8]) { self.bytes = bytes }

    public mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func append(_ time: Timestamp) { append(time.microseconds) }

    public mutating func append<Tag>(_ id: Identifier<Tag>) {
        withUnsafeBytes(of: id.uuid.uuid) { bytes.append(contentsOf: $0) }
    }

    /// Takes the next number off the front.
    ///
    /// - Throws: `Problem` 400 `invalid_cursor`. A signed position is as we wrote it, so this means that an older version wrote it.
    public mutating func nextInt() throws -> Int64 {
        Int64(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    public mutating func nextTimestamp() throws -> Timestamp { Timestamp(microseconds: try nextInt()) }

    public mutating func nextID<Tag>(_ type: Identifier<Tag>.Type = Identifier<Tag>.self) throws -> Identifier<Tag> {
        let high = UInt64(bitPattern: try nextInt())
        return Identifier(UUID(high: high, low: UInt64(bitPattern: try nextInt())))
    }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard bytes.count >= count else { throw Problem(.invalidCursor) }
        let taken = bytes[..<count]
        bytes = Array(bytes[count...])
        return taken
    }
}

import Core
import Foundation

/// A place in the order in which events can be read: by transaction, then by id. It holds for all merchants of an installation, and so for each of them.
///
/// An event's own place is not known while its transaction runs; that is why readers stay below the oldest running one.
public struct EventPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Of which life of the database: transaction ids start again after a restore, and what another life's position means nobody can say.
    public let epoch: Int64
    public let xid: UInt64
    public let id: EventID

    public init(epoch: Int64, xid: UInt64, id: EventID) {
        self.epoch = epoch
        self.xid = xid
        self.id = id
    }

    /// The text that clients keep and give back, 43 characters of the alphabet of base64url; it means nothing to them. Nil for everything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 43 else { return nil }
        let standard = String(text).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        guard let data = Data(base64Encoded: String(standard) + "="), data.count == 32 else { return nil }
        let words = (0..<4).map { word in data.dropFirst(word * 8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(epoch: Int64(bitPattern: words[0]), xid: words[1], id: EventID(UUID(high: words[2], low: words[3])))
        // Bits that the last character has left over say nothing, so there must be one text for one place.
        guard description == text else { return nil }
    }

    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [UInt64(bitPattern: epoch), xid] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        withUnsafeBytes(of: id.uuid.uuid) { bytes.append(contentsOf: $0) }
        return String(Data(bytes).base64EncodedString().prefix(43).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.xid, left.id) < (right.epoch, right.xid, right.id)
    }

    /// Behind everything that a transaction before `xid` wrote, before everything else.
    static func before(_ xid: UInt64, epoch: Int64) -> EventPosition {
        EventPosition(epoch: epoch, xid: xid == 0 ? 0 : xid - 1, id: EventID(UUID(high: .max, low: .max)))
    }

    /// An id that comes after every other.
    static let last = before(.max, epoch: 0)

    /// Before all events.
    static func beginning(epoch: Int64) -> EventPosition {
        EventPosition(epoch: epoch, xid: 0, id: EventID(UUID(high: 0, low: 0)))
    }
}

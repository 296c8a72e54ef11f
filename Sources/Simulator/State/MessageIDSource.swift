import Foundation

/// Makes ids in the form of Meta's: `wamid.` and base64 of a small binary record with the number, the direction and random digits.
struct MessageIDSource: Sendable {
    private var generator: SeededGenerator
    private var counter: UInt32

    /// - Parameter seed: differs between runs, so that a restarted simulator repeats no id.
    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        counter = UInt32(truncatingIfNeeded: generator.next())
    }

    mutating func next(customer: String, fromCustomer: Bool) -> String {
        counter &+= 1
        let digits = Array(customer.utf8.prefix(255))
        var record: [UInt8] = [0x1d, 0x18, UInt8(digits.count)]
        record += digits
        record += [0x15, 0x02, 0x00, fromCustomer ? 0x12 : 0x11, 0x18, 0x14]
        let random = generator.next()
        let alphabet = Array("0123456789ABCDEF".utf8)
        for shift in stride(from: 28, through: 0, by: -4) { record.append(alphabet[Int(counter >> UInt32(shift) & 0xf)]) }
        for shift in stride(from: 44, through: 0, by: -4) { record.append(alphabet[Int(random >> UInt64(shift) & 0xf)]) }
        record.append(0)
        return "wamid." + Data(record).base64EncodedString()
    }

    /// The customer in an id made here, so that no index of ids is needed; nil for anything else.
    static func customer(of id: String) -> String? {
        guard id.hasPrefix("wamid."), id.utf8.count < 512, let record = Data(base64Encoded: String(id.dropFirst(6))) else { return nil }
        let bytes = Array(record)
        guard bytes.count > 3, bytes[0] == 0x1d, bytes[1] == 0x18, bytes.count > 3 + Int(bytes[2]) else { return nil }
        return String(validating: bytes[3..<3 + Int(bytes[2])], as: UTF8.self)
    }

    /// A number of 15 to 16 digits, as Graph ids are.
    mutating func graphID() -> String {
        String(1_000_000_000_000_000 + generator.next() % 8_000_000_000_000_000)
    }

    /// Random text for links and traces.
    mutating func token() -> String {
        String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }
}

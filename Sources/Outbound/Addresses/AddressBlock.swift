/// A block of addresses: `10.0.0.0/8`.
struct AddressBlock: Sendable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Nil for what is no block.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let bits = Int(parts[1]), (0...address.bytes.count * 8).contains(bits)
        else {
            return nil
        }
        bytes = address.bytes
        self.bits = bits
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        let whole = bits / 8
        guard address.bytes[..<whole] == bytes[..<whole] else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8.max << (8 - UInt8(bits % 8))
        return address.bytes[whole] & mask == bytes[whole] & mask
    }
}

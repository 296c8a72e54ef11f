import Foundation

extension UUID {
    /// A UUID from its 36-character form, digits in either case; nil for everything else.
    ///
    /// Foundation's `init(uuidString:)` reads with `sscanf`, which costs more than a lookup of a credential and takes `+1` for two digits.
    public init?(text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var position = 0
        for byte in text.utf8 {
            switch position {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return nil }
            case ..<18:
                guard let digit = byte.hexadecimalValue else { return nil }
                high = high << 4 | UInt64(digit)
            case ..<36:
                guard let digit = byte.hexadecimalValue else { return nil }
                low = low << 4 | UInt64(digit)
            default:
                return nil
            }
            position += 1
        }
        guard position == 36 else { return nil }
        self.init(high: high, low: low)
    }

    /// The 36-character form in lower case, as the API and PostgreSQL print it.
    public var lowercased: String {
        String(unsafeUninitializedCapacity: 36, initializingUTF8With: writeLowercased)
    }

    /// Writes `lowercased`, 36 bytes, and returns that number.
    func writeLowercased(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        withUnsafeBytes(of: uuid) { bytes in
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                buffer[position] = Self.hexadecimalDigit(bytes[index] >> 4)
                buffer[position + 1] = Self.hexadecimalDigit(bytes[index] & 0x0f)
                position += 2
            }
            return position
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

import Core

/// The text form of keys and tokens (`api.md` 3): a prefix that says what it is, 30 base62 characters from a CSPRNG, and six base62 characters of the
/// CRC-32 of all before them.
///
/// The checksum lets scanners recognise a leaked token and lets the API drop garbage before any query. It proves nothing else: a token counts only
/// when its SHA-256 is found.
public enum TokenFormat {
    /// What a token belongs to, named by its prefix.
    public enum Kind: String, Sendable, CaseIterable {
        /// The installation.
        case platformKey = "mtr_admin_"
        /// One merchant.
        case merchantKey = "mtr_live_"
        /// A person.
        case personalAccessToken = "mtr_pat_"
        /// A session: makes its next access token.
        case refreshToken = "mtr_ref_"
        /// A browser in which a person has logged in before.
        case device = "mtr_dev_"
        /// Whoever was invited by e-mail.
        case invitation = "mtr_inv_"
        /// Whoever asked for a new password by e-mail.
        case passwordReset = "mtr_rst_"
        /// One WebSocket that is about to be opened.
        case realtimeTicket = "mtr_tkt_"

        public var prefix: String { rawValue }

        /// Whether it authenticates requests; the others are good for one operation each.
        var isCredential: Bool {
            switch self {
            case .platformKey, .merchantKey, .personalAccessToken: true
            case .refreshToken, .device, .invitation, .passwordReset, .realtimeTicket: false
            }
        }
    }

    static let randomLength = 30
    static let checksumLength = 6

    /// A new token of 178 random bits.
    public static func generate(_ kind: Kind) -> Secret<String> {
        var generator = SystemRandomNumberGenerator()
        return generate(kind, using: &generator)
    }

    /// As `generate(_:)`, with the randomness given; for tests.
    static func generate(_ kind: Kind, using generator: inout some RandomNumberGenerator) -> Secret<String> {
        var text = Array(kind.prefix.utf8)
        text.reserveCapacity(text.count + randomLength + checksumLength)
        for _ in 0..<randomLength {
            // `randomElement` is unbiased, unlike a remainder.
            text.append(alphabet[Int.random(in: 0..<62, using: &generator)])
        }
        text.append(contentsOf: checksum(text[...]))
        return Secret(String(decoding: text, as: UTF8.self))
    }

    /// The kind of `text` when it has the exact shape of a token and its checksum holds; nil otherwise.
    public static func kind(of text: some StringProtocol) -> Kind? {
        let bytes = Array(text.utf8)
        guard let kind = Kind.allCases.first(where: { bytes.starts(with: $0.prefix.utf8) }),
            bytes.count == kind.prefix.utf8.count + randomLength + checksumLength,
            bytes[kind.prefix.utf8.count...].allSatisfy(isBase62)
        else { return nil }
        let end = bytes.count - checksumLength
        guard bytes[end...].elementsEqual(checksum(bytes[..<end])) else { return nil }
        return kind
    }

    /// Whether a prefix of ours stands anywhere in `text`: a credential where none belongs, such as a URL.
    public static func isMentioned(in text: some StringProtocol) -> Bool {
        // Looked at for every value of every query: by bytes, from each `m`.
        var rest = Substring(text).utf8
        while let start = rest.firstIndex(of: UInt8(ascii: "m")) {
            rest = rest[start...]
            if Kind.allCases.contains(where: { rest.starts(with: $0.prefix.utf8) }) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// CRC-32 (ISO 3309, as in zlib) in base62, most significant digit first, padded with `0`.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var rest = crc32(bytes)
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: checksumLength)
        for index in digits.indices.reversed() {
            digits[index] = alphabet[Int(rest % 62)]
            rest /= 62
        }
        return digits
    }

    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc = crcTable[Int((crc ^ UInt32(byte)) & 0xff)] ^ (crc >> 8)
        }
        return ~crc
    }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func isBase62(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }
}

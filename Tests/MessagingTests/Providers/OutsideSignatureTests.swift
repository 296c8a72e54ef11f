import Core
import Testing

@testable import Messaging

/// B12: what an outside bot proves itself with.
@Suite("Signatures of outside bots")
struct OutsideSignatureTests {
    private static let body = Array(#"{"id":"evt-1","type":"bot_connected","timestamp":"2026-01-31T18:30:00Z"}"#.utf8)
    private static let secret = Secret("0123456789abcdef0123456789abcdef")
    private static let timestamp = "1769884200123"
    /// printf '%s' '<body><timestamp>' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    private static let digest = "48df6ef472cfe6d8fdb6e5cf0b8813647705debe75de16fd6965e00ced6588e5"

    private func signature(_ digest: String = digest, _ timestamp: String = timestamp) throws -> OutsideSignature {
        try #require(OutsideSignature(signature: digest, timestamp: timestamp))
    }

    @Test("B12: the HMAC-SHA256 of body and timestamp, as OpenSSL computes it, in either case")
    func vector() throws {
        #expect(try signature().isValid(body: Self.body, secret: Self.secret))
        #expect(try signature(Self.digest.uppercased()).isValid(body: Self.body, secret: Self.secret))
        #expect(try signature().timestamp == Timestamp(microseconds: 1_769_884_200_123_000))
    }

    @Test("J16: any other byte of the body, any other bit of the signature, another timestamp and another secret are refused")
    func changed() throws {
        let good = try signature()
        for index in Self.body.indices {
            var body = Self.body
            body[index] ^= 1
            #expect(!good.isValid(body: body, secret: Self.secret))
        }
        #expect(!good.isValid(body: Self.body + [0x20], secret: Self.secret))
        #expect(!good.isValid(body: Self.body.dropLast(), secret: Self.secret))
        #expect(!good.isValid(body: [], secret: Self.secret))
        for index in 0..<64 {
            var digits = Array(Self.digest)
            digits[index] = digits[index] == "0" ? "1" : "0"
            #expect(!(try signature(String(digits)).isValid(body: Self.body, secret: Self.secret)))
        }
        #expect(!(try signature(Self.digest, "1769884200124").isValid(body: Self.body, secret: Self.secret)))
        for secret in ["", "0123456789abcdef0123456789abcdeF", "0123456789abcdef0123456789abcdef "] {
            #expect(!good.isValid(body: Self.body, secret: Secret(secret)))
        }
        // What is cut from the timestamp cannot be put at the end of the body.
        #expect(OutsideSignature(signature: Self.digest, timestamp: String(Self.timestamp.dropFirst())) == nil)
    }

    @Test(
        "J18: a timestamp is 13 digits of milliseconds",
        arguments: [
            "", "1769884200", "1769884200123000", "0769884200123", "+769884200123", "-769884200123", " 1769884200123", "1769884200123 ",
            "176988420012e",
            "1.76988420012", "１７６９８８４２００１２３", "1769884200123\u{0}", "2026-01-31T18", "NaN",
        ]
    )
    func timestamps(text: String) {
        #expect(OutsideSignature(signature: Self.digest, timestamp: text) == nil)
    }

    @Test(
        "J16: a signature is 64 hexadecimal digits and nothing else",
        arguments: [
            "", "sha256=" + digest, String(digest.dropLast()), digest + "0", digest + digest, " " + digest.dropFirst(),
            digest.dropLast() + "g",
            digest.dropLast(2) + "é",
        ]
    )
    func forms(text: String) {
        #expect(OutsideSignature(signature: text, timestamp: Self.timestamp) == nil)
    }

    @Test("J18: it is good for five minutes, and half a minute ahead for a clock that is")
    func age() throws {
        let signature = try signature()
        let made = signature.timestamp
        for (offset, isFresh) in [
            (0, true), (300_000, true), (300_001, false), (600_000, false), (-30_000, true), (-30_001, false), (-3_600_000, false),
        ] {
            #expect(signature.isFresh(at: made + .milliseconds(offset)) == isFresh, "\(offset) ms later")
        }
    }
}

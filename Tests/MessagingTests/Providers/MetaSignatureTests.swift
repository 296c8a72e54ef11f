import Core
import Crypto
import Messaging
import Testing

@Suite("B1: signatures of Meta")
struct MetaSignatureTests {
    private static let secret = Secret("meta_app_secret_for_tests")
    private static let body = Array(
        #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"caf\u00e9 \ud83c\udf55 a\/b"}}]}]}"#
            .utf8
    )
    private static let header = "sha256=67639008e10016bb2526577b45a4b69cf5e0b288165ad44b7849730750f3cecd"

    @Test("J16: the escaped vector is accepted")
    func vector() throws {
        let signature = try #require(MetaSignature(header: Self.header))
        #expect(signature.isValid(body: Self.body, appSecret: Self.secret))
        #expect(signature.isValid(body: Self.body, key: SymmetricKey(data: Array(Self.secret.reveal().utf8))))
    }

    @Test("J16: the signature of re-serialised JSON is refused")
    func decodedAndEncodedAgain() throws {
        let decoded = Array(
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"café 🍕 a/b"}}]}]}"#.utf8
        )
        let signature = try #require(MetaSignature(header: Self.header))
        #expect(!signature.isValid(body: decoded, appSecret: Self.secret))
        let theirs = HMAC<SHA256>.authenticationCode(for: decoded, using: SymmetricKey(data: Array(Self.secret.reveal().utf8))).hexadecimal
        #expect(theirs.hasPrefix("7ac0ed4443492278"))
        #expect(try #require(MetaSignature(header: "sha256=\(theirs)")).isValid(body: Self.body, appSecret: Self.secret) == false)
    }

    @Test("J16: one space, one bit, another secret")
    func changes() throws {
        let signature = try #require(MetaSignature(header: Self.header))
        #expect(!signature.isValid(body: Self.body + [0x20], appSecret: Self.secret))
        #expect(!signature.isValid(body: Array(Self.body.dropLast()), appSecret: Self.secret))
        #expect(!signature.isValid(body: [], appSecret: Self.secret))
        #expect(!signature.isValid(body: Self.body, appSecret: Secret("another_secret")))
        #expect(!signature.isValid(body: Self.body, appSecret: Secret("")))
        for position in stride(from: 0, to: Self.body.count, by: 7) {
            var changed = Self.body
            changed[position] ^= 1
            #expect(!signature.isValid(body: changed, appSecret: Self.secret))
        }
    }

    static let malformed = [
        "", "sha256=", "67639008e10016bb2526577b45a4b69cf5e0b288165ad44b7849730750f3cecd", header.uppercased(),
        "sha256=" + header.dropFirst(7).uppercased(),
        "SHA256=" + header.dropFirst(7), "sha1=" + header.dropFirst(7), String(header.dropLast()), header + "0", header + " ", " " + header,
        "sha256=" + header.dropFirst(8),
        "sha256=" + String(repeating: "g", count: 64), "sha256=" + String(repeating: "é", count: 32), header + "," + header,
    ]

    @Test("J16: any other form of the header is refused", arguments: malformed)
    func malformedHeader(_ header: String) {
        #expect(MetaSignature(header: header) == nil)
    }
}

import Core
import Testing

@testable import Tenancy

@Suite("Tokens")
struct TokenFormatTests {
    @Test("A5: checksums are those of zlib in base62, zero-padded")
    func vectors() {
        #expect(TokenFormat.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
        for token in Self.vectors { #expect(TokenFormat.kind(of: token) != nil, "\(token)") }
        #expect(TokenFormat.kind(of: Self.vectors[0]) == .platformKey)
        #expect(TokenFormat.kind(of: Self.vectors[3]) == .merchantKey)
        #expect(TokenFormat.kind(of: Self.vectors[6]) == .personalAccessToken)
    }

    @Test("A3, A4, A5: what is generated is recognised, and never twice the same", arguments: TokenFormat.Kind.allCases)
    func generated(kind: TokenFormat.Kind) {
        let tokens = (0..<200).map { _ in TokenFormat.generate(kind).reveal() }
        #expect(Set(tokens).count == 200)
        for token in tokens {
            #expect(TokenFormat.kind(of: token) == kind)
            #expect(token.utf8.count == kind.prefix.utf8.count + 36)
        }
    }

    @Test("J10: any changed character, another case, spaces and other lengths are refused")
    func damaged() {
        let token = Self.vectors[7]
        for index in token.indices {
            var damaged = token
            damaged.replaceSubrange(index...index, with: token[index] == "x" ? "y" : "x")
            #expect(TokenFormat.kind(of: damaged) == nil, "\(damaged)")
        }
        for text in ["", token.lowercased() + " ", " " + token, token + "0", String(token.dropLast()), token.uppercased(), "mtr_pat_"] {
            #expect(TokenFormat.kind(of: text) == nil, "\(text)")
        }
    }

    @Test("Every base62 character is used")
    func alphabet() {
        let seen = Set((0..<400).flatMap { _ in Array(TokenFormat.generate(.personalAccessToken).reveal().dropFirst(8).prefix(30)) })
        #expect(seen.count == 62)
    }

    @Test("A token's digest is the SHA-256 of all its bytes, and the token is not kept")
    func digest() throws {
        let credential = try #require(PresentedCredential(Self.vectors[6]))
        #expect(credential.digest.count == 32)
        #expect(credential.digest == PresentedCredential.digest(of: Self.vectors[6]))
        #expect(!"\(credential)".contains(Self.vectors[6]))
    }

    private static let vectors: [String] = [
        "mtr_admin_00000000000000000000000000000023DBYx",
        "mtr_admin_abcdefghijklmnopqrstuvwxyz01232TrLmX",
        "mtr_admin_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ3MVF4g",
        "mtr_live_0000000000000000000000000000001FY3Wh",
        "mtr_live_abcdefghijklmnopqrstuvwxyz01233I6svh",
        "mtr_live_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ2PksLi",
        "mtr_pat_00000000000000000000000000000039InmF",
        "mtr_pat_abcdefghijklmnopqrstuvwxyz01231fw60D",
        "mtr_pat_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ1yFTBO",
        "mtr_pat_xCBUvMnESBUQnsRskvt4R2ads8lV7J00usFk",
    ]
}

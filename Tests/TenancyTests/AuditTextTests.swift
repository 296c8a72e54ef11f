import Core
import Testing

@testable import Tenancy

@Suite("Text in the audit log")
struct AuditTextTests {
    @Test("A10: tokens that somebody put where they do not belong are not written down, also when the end of the text would cut them")
    func tokens() {
        let token = TokenFormat.generate(.personalAccessToken).reveal()
        let access = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_x"
        #expect(AuditText.cleaned("curl -H 'Bearer \(token)' x", atMost: 200) == "curl -H 'Bearer mtr_[redacted]' x")
        #expect(AuditText.cleaned("a \(access), b", atMost: 200) == "a [redacted], b")
        #expect(AuditText.cleaned("\(String(repeating: "a", count: 190)) \(token)", atMost: 200)?.hasSuffix(" mtr_[reda") == true)
        for plain in ["Mozilla/5.0 (X11; Linux x86_64)", "mtr_", "eyJ.a", "mtr_pat", "key eyJ"] {
            #expect(AuditText.cleaned(plain, atMost: 200) == plain)
        }
        #expect(AuditText.cleaned("a\u{202e}\r\n\u{0}b", atMost: 200) == "ab")
        #expect(AuditText.cleaned("\u{7f}", atMost: 200) == nil)
        #expect(AuditText.cleaned("a \(token.prefix(9))\u{7f}\(token.dropFirst(9)) b", atMost: 200) == "a mtr_[redacted] b")
    }

    @Test(
        "A text of 64 KiB that looks like thousands of tokens costs next to nothing",
        arguments: ["eyJ", "mtr_", "mtr_a_", "eyJa.", "eyJa.b."]
    )
    func long(piece: String) {
        let text = String(repeating: piece, count: 65_536 / piece.utf8.count)
        let start = ContinuousClock.now
        for _ in 1...10 { _ = AuditText.cleaned(text, atMost: 200) }
        #expect(ContinuousClock.now - start < .seconds(1))
    }
}

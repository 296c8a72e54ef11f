import Testing

@testable import maitre

@Suite("Log redaction")
struct LogRedactionTests {
    @Test(
        "J1: credentials and telephone numbers are taken out",
        arguments: [
            ("key mtr_live_abcdefghijklmnopqrstuvwxyz012345ABCDEF used", "key mtr_[redacted] used"),
            ("mtr_pat_0123456789abcdefghijABCDEFGHIJ012345", "mtr_[redacted]"),
            ("Authorization: Bearer eyJhbGciOi.J9eyJ.abc-_= x", "Authorization: Bearer [redacted] x"),
            ("bearer EAAG1234", "Bearer [redacted]"),
            ("966501234567", "[phone]67"),
            ("to:966501234567", "to:[phone]67"),
            ("to +966 50 123 4567 failed", "to [phone]67 failed"),
            ("call +1 (555) 123-4567.", "call [phone]67."),
            ("+966501234567 131047", "[phone]67 131047"),
            ("966501234567@c.us", "[phone]67@c.us"),
            ("https://wa.me/966501234567?x", "https://wa.me/[phone]67?x"),
            ("phone=%2B966501234567", "phone=%2B[phone]67"),
            ("it was 966501234567.", "it was [phone]67."),
            ("a 966501234567 b 447700900123 c", "a [phone]67 b [phone]23 c"),
            ("رقم 966501234567", "رقم [phone]67"),
        ]
    )
    func takenOut(text: String, expected: String) {
        #expect(LogRedaction.redacted(text) == expected)
    }

    @Test(
        "What only looks a little like them stays",
        arguments: [
            "", "mtr_", "the mtr_pat_ form", "Bearer", "1234567", "2026-11-20T22:02:18.217Z", "0.1234567890123", "1763676138217000",
            "01980000-0000-7000-8000-123456789012", "12345678-1234-4123-8123-123456789abc", "abc12345678", "v25.0", "a+b", "12 345 678",
            "SHA256:12345678abcdef", "relation app.messages_20261120 is missing",
        ]
    )
    func stays(text: String) {
        #expect(LogRedaction.redacted(text) == nil)
    }
}

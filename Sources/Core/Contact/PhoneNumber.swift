/// A telephone number in E.164: `+`, then 7 to 15 digits, the first not zero.
///
/// Providers each have their own form; it is normalised where it enters and written in the provider's form where it leaves (C9).
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// `+966500000001`
    public let e164: String

    /// Accepts E.164, bare digits (Meta), `whatsapp:+…` (Twilio) and `…@c.us` / `…@s.whatsapp.net` (Whapi), with spaces, dashes, dots and brackets.
    /// Nil when no number remains.
    public init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        if rest.hasPrefix("whatsapp:") { rest = rest.dropFirst("whatsapp:".count) }
        if let at = rest.firstIndex(of: "@") {
            let domain = rest[rest.index(after: at)...]
            guard domain == "c.us" || domain == "s.whatsapp.net" else { return nil }
            rest = rest[..<at]
        }
        if rest.hasPrefix("+") { rest = rest.dropFirst() } else if rest.hasPrefix("00") { rest = rest.dropFirst(2) }
        var digits = ""
        for character in rest.unicodeScalars {
            switch character {
            case "0"..."9": digits.unicodeScalars.append(character)
            case " ", "-", ".", "(", ")": continue
            default: return nil
            }
        }
        guard (7...15).contains(digits.utf8.count), !digits.hasPrefix("0") else { return nil }
        e164 = "+" + digits
    }

    /// The form of Meta's `wa_id`, `from` and `to`: digits without `+`.
    public var digits: String { String(e164.dropFirst()) }

    public var description: String { e164 }

    /// For logs and for people who may not see the number: `+62•••1234`.
    public var masked: String { "\(e164.prefix(3))•••\(e164.suffix(4))" }
}

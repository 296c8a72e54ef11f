import Core
import Foundation

/// An e-mail on the wire (RFC 5322, MIME): plain text in UTF-8, as base64, so that no line is too long and no byte above 127.
struct InternetMessage {
    let bytes: [UInt8]

    init(_ email: Email, from sender: String, to recipient: String, id: EmailID, at time: Timestamp) {
        let host =
            sender.split(separator: "@").last.map { $0.filter { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" } } ?? "localhost"
        let lines = [
            "From: \(Self.oneLine(sender))",
            "To: <\(Self.oneLine(recipient))>",
            "Subject: \(Self.encodedWords(email.subject))",
            "Date: \(Self.date(time))",
            "Message-ID: <\(id)@\(host)>",
            // No answers from machines to a machine.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            Data(email.text.replacing("\n", with: "\r\n").utf8).base64EncodedString(options: [
                .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
            ]),
            "",
        ]
        bytes = Array(lines.joined(separator: "\r\n").utf8)
    }

    /// A header field is one line, whatever somebody called the restaurant.
    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "\0" } }

    /// RFC 2047: words of whole code points, in lines of at most 76 characters; the first has the field's name before it.
    static func encodedWords(_ text: String) -> String {
        let text = oneLine(text)
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), text.utf8.count <= 60, !text.contains("=?") { return text }
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 45 bytes are 60 characters of base64, 39 are 52.
            if (words.last?.count ?? 0) + bytes.count > (words.count == 1 ? 39 : 45) { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    private static func date(_ time: Timestamp) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(time.unixSeconds)))
    }
}

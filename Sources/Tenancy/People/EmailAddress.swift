import Core

/// An e-mail address in the one form in which it is stored and compared: lower case, no white space around it.
///
/// Deliverable is what receives an e-mail; the shape only has to exclude what never could, and what would be a second header in a message.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// Nil unless `text` is `something@host` of at most 254 printable ASCII bytes.
    public init?(_ text: String) {
        let address = text.lowercased()
        guard address.utf8.count <= 254, address.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let at = address.lastIndex(of: "@"), Self.isLocalPart(address[..<at]), Self.isHost(address[address.index(after: at)...])
        else { return nil }
        self.text = address
    }

    /// Atoms with dots between them (RFC 5322, 3.2.3); what would need quotes is more likely a mistake.
    private static func isLocalPart(_ text: Substring) -> Bool {
        text.utf8.count <= 64 && text.wholeMatch(of: /[a-z0-9!#$%&'*+\/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+\/=?^_`{|}~-]+)*/) != nil
    }

    /// Labels of at most 63 letters, digits and hyphens (RFC 1035, 2.3.1).
    private static func isHost(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { $0.utf8.count <= 63 && $0.wholeMatch(of: /[a-z0-9]([a-z0-9-]*[a-z0-9])?/) != nil }
    }

    /// Stands for what somebody typed that can be no address: nobody has it, and each such text is another.
    static func impossible(_ text: String) -> EmailAddress { EmailAddress(unchecked: "\(text.prefix(254).lowercased()) is no address") }

    private init(unchecked text: String) {
        self.text = text
    }

    public var description: String { text }
}

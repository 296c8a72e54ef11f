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
            address.wholeMatch(of: /[^@<>()\[\],;:"\\]{1,64}@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/) != nil
        else { return nil }
        self.text = address
    }

    /// Stands for what somebody typed that can be no address: nobody has it, and each such text is another.
    static func impossible(_ text: String) -> EmailAddress { EmailAddress(unchecked: "\(text.prefix(254).lowercased()) is no address") }

    private init(unchecked text: String) {
        self.text = text
    }

    public var description: String { text }
}

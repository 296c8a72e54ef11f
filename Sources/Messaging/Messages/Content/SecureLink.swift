/// An `https` address as it may stand in a message. The provider and the customer's phone open it, not we.
enum SecureLink {
    static func isValid(_ link: String) -> Bool {
        let scheme = "https://"
        guard link.utf8.count > scheme.utf8.count, link.prefix(scheme.count).lowercased() == scheme else { return false }
        // White space, control characters and backslashes are read differently by different programs.
        guard link.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f && $0 != "\\" && $0 != "\"" && $0 != "<" && $0 != ">" })
        else { return false }
        let authority = link.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return false }
        let host = authority.prefix { $0 != ":" }
        return authority.hasPrefix("[") || (!host.isEmpty && !host.hasPrefix("."))
    }
}

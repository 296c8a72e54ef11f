/// What somebody or something may be called: one line that looks like what it is, wherever it is shown.
public enum NameText {
    /// Whether `text` could be a name: no line breaks or other control characters, nothing that turns the direction of what follows it, and something that can
    /// be seen. The marks that scripts need inside of words (joiners, and those for left and right) are part of names.
    public static func isName(_ text: String) -> Bool {
        hasOnlyNameCharacters(text) && text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    /// Whether each character of `text` may be part of a name.
    public static func hasOnlyNameCharacters(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x00...0x1f, 0x7f...0x9f: false
            // Line and paragraph separator; embedding and overriding of a direction; isolates.
            case 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: false
            default: true
            }
        }
    }
}

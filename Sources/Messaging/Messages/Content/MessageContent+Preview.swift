import Core

extension MessageContent {
    /// Unicode scalars that a preview has at most.
    public static let previewLength = 100

    /// One plain line for lists of conversations: the first 100 scalars of what was said, after `[image]` and the like for what is not text.
    public var preview: String {
        let line = Self.oneLine(description)
        guard line.unicodeScalars.count > Self.previewLength else { return line }
        return String(String.UnicodeScalarView(line.unicodeScalars.prefix(Self.previewLength - 1))) + "…"
    }

    private var description: String {
        switch type {
        case .text: words ?? ""
        case .interactive, .button: words ?? "[\(type.rawValue)]"
        case .document: labelled(words ?? value?["filename"]?.string)
        case .location: labelled(value?["name"]?.string ?? value?["address"]?.string)
        case .contacts: labelled(value?.elements.first?["name"]?["formattedName"]?.string)
        case .reaction: labelled(value?["emoji"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "removed")
        case .system: labelled(value?["body"]?.string)
        case .template: labelled(value?["name"]?.string)
        case .order: labelled(value?["productItems"].map { "× \($0.elements.count)" })
        default: labelled(words)
        }
    }

    private func labelled(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "[\(type.rawValue)]" }
        return "[\(type.rawValue)] \(text)"
    }

    /// White space of all kinds becomes one space; control and bidirectional formatting characters go, so that a name cannot turn a list around.
    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        var pendingSpace = false
        // More is cut off anyway; a text of megabytes must not cost more than its first kilobytes.
        for scalar in text.unicodeScalars.prefix(4096) {
            if scalar.properties.isWhitespace {
                pendingSpace = !line.isEmpty
                continue
            }
            if scalar.properties.generalCategory == .control || isBidirectionalControl(scalar) { continue }
            if pendingSpace {
                line.append(" ")
                pendingSpace = false
            }
            line.append(scalar)
        }
        return String(line)
    }

    private static func isBidirectionalControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}

import Core

/// An approved template with its variables filled in (`providers.md` A9).
public struct OutboundTemplate: Sendable, Hashable {
    public enum ComponentKind: String, Sendable, CaseIterable { case header, body, button }

    public enum ButtonKind: String, Sendable, CaseIterable {
        case url, flow, catalog, mpm
        case quickReply = "quick_reply"
        case copyCode = "copy_code"
    }

    public enum Parameter: Sendable, Hashable {
        /// `name` for templates with named variables.
        case text(String, name: String?)
        /// `amount1000`: the amount times 1000.
        case currency(fallback: String, code: String, amount1000: Int64)
        case dateTime(fallback: String)
        case media(OutboundMedia)
        case location(OutboundLocation)
        case payload(String)
        case couponCode(String)
        /// Both optional; `data` is a JSON object as it was written.
        case action(flowToken: String?, data: String?)
    }

    public struct Component: Sendable, Hashable {
        public let kind: ComponentKind
        /// Of a button only: what it is, and its place among all buttons, from 0.
        public let button: ButtonKind?
        public let index: Int64?
        public let parameters: [Parameter]

        public init(_ kind: ComponentKind, button: ButtonKind? = nil, index: Int64? = nil, parameters: [Parameter]) {
            self.kind = kind
            self.button = button
            self.index = index
            self.parameters = parameters
        }
    }

    /// Up to 512 of `a`–`z`, digits and `_`.
    public let name: String
    /// `ar`, `en_US`; `en-US` is accepted and written with `_`.
    public let language: String
    public let components: [Component]

    public init(name: String, language: String, components: [Component] = []) {
        self.name = name
        self.language = language
        self.components = components
    }

    init?(_ fields: JSONFields) {
        let name = fields.string("name", 1...512)
        let isName: (UInt8) -> Bool = {
            ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: "_")
        }
        if let name, !name.utf8.allSatisfy(isName) {
            fields.note("name", "invalid_value", "May have lower-case letters, digits and underscores only.")
        }
        let language = fields.string("language", 2...12)?.replacing("-", with: "_")
        if let language, !Self.isLanguage(language) {
            fields.note("language", "invalid_value", "Must be a language code such as ar or en_US.")
        }
        components = fields.objects("components", 1...30, optional: true, Component.init) ?? []
        guard let name, let language else { return nil }
        self.name = name
        self.language = language
    }

    private static func isLanguage(_ code: String) -> Bool {
        let parts = code.split(separator: "_", omittingEmptySubsequences: false)
        let isLower = parts[0].utf8.allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        guard parts.count <= 2, (2...3).contains(parts[0].utf8.count), isLower else { return false }
        guard parts.count == 2 else { return true }
        return (2...4).contains(parts[1].utf8.count) && parts[1].utf8.allSatisfy { $0 < 0x80 && Character(Unicode.Scalar($0)).isLetter }
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("language", language)
            guard !components.isEmpty else { return }
            $0.key("components")
            $0.array { for component in components { component.write(to: &$0) } }
        }
    }
}

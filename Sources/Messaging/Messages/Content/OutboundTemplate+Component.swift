import Core

extension OutboundTemplate.Component {
    init?(_ fields: JSONFields) {
        guard let kind = fields.choice("type", OutboundTemplate.ComponentKind.self) else {
            for (key, _) in fields.element.members { _ = fields.value(key, optional: true) }
            return nil
        }
        self.kind = kind
        button = kind == .button ? fields.choice("subType", OutboundTemplate.ButtonKind.self) : nil
        index = kind == .button ? fields.int("index", 0...9) : nil
        parameters = fields.objects("parameters", 1...50, optional: kind == .button, OutboundTemplate.Parameter.init) ?? []
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", kind.rawValue)
            if let button { $0.member("subType", button.rawValue) }
            if let index { $0.member("index", index) }
            guard !parameters.isEmpty else { return }
            $0.key("parameters")
            $0.array { for parameter in parameters { parameter.write(to: &$0) } }
        }
    }
}

extension OutboundTemplate.Parameter {
    private enum Kind: String, CaseIterable {
        case text, currency, image, video, document, location, payload, action
        case dateTime = "date_time"
        case couponCode = "coupon_code"
    }

    init?(_ fields: JSONFields) {
        guard let kind = fields.choice("type", Kind.self) else {
            for (key, _) in fields.element.members { _ = fields.value(key, optional: true) }
            return nil
        }
        let value: Self?
        switch kind {
        case .text:
            let name = fields.string("parameterName", 1...100, optional: true)
            value = fields.string("text", 1...1024).map { .text($0, name: name) }
        case .currency:
            value = fields.object("currency") { currency in
                let fallback = currency.string("fallbackValue", 1...100)
                let code = currency.string("code", 3...3)
                let amount = currency.int("amount1000", 0...1_000_000_000_000_000)
                guard let fallback, let code, let amount else { return nil }
                return .currency(fallback: fallback, code: code, amount1000: amount)
            }
        case .dateTime: value = fields.object("dateTime") { $0.string("fallbackValue", 1...100).map { .dateTime(fallback: $0) } }
        case .image, .video, .document:
            let mediaKind = OutboundMedia.Kind(rawValue: kind.rawValue) ?? .image
            value = fields.object(kind.rawValue) { OutboundMedia(mediaKind, $0, bare: true).map { .media($0) } }
        case .location: value = fields.object("location") { OutboundLocation($0).map { .location($0) } }
        case .payload: value = fields.string("payload", 1...256).map { .payload($0) }
        case .couponCode: value = fields.string("couponCode", 1...20).map { .couponCode($0) }
        case .action:
            value = fields.object("action") { action in
                let token = action.string("flowToken", 1...200, optional: true)
                let data = action.object("flowActionData", optional: true) { data -> String? in
                    if !JSONObjectOfUser.isStorable(data.element) {
                        action.note("flowActionData", "invalid_characters", "Must not contain the character U+0000.")
                    }
                    return JSONObjectOfUser.accept(data)
                }
                return .action(flowToken: token, data: data)
            }
        }
        guard let value else { return nil }
        self = value
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            switch self {
            case .text(let text, let name):
                $0.member("type", "text")
                $0.member("text", text)
                $0.member("parameterName", ifPresent: name)
            case .currency(let fallback, let code, let amount):
                $0.member("type", "currency")
                $0.member(
                    "currency",
                    object: {
                        $0.member("fallbackValue", fallback)
                        $0.member("code", code)
                        $0.member("amount1000", amount)
                    }
                )
            case .dateTime(let fallback):
                $0.member("type", "date_time")
                $0.member("dateTime", object: { $0.member("fallbackValue", fallback) })
            case .media(let media):
                $0.member("type", media.kind.rawValue)
                $0.key(media.kind.rawValue)
                media.write(to: &$0)
            case .location(let location):
                $0.member("type", "location")
                $0.key("location")
                location.write(to: &$0)
            case .payload(let payload):
                $0.member("type", "payload")
                $0.member("payload", payload)
            case .couponCode(let code):
                $0.member("type", "coupon_code")
                $0.member("couponCode", code)
            case .action(let token, let data):
                $0.member("type", "action")
                $0.member(
                    "action",
                    object: {
                        $0.member("flowToken", ifPresent: token)
                        if let data { $0.member("flowActionData", raw: data.utf8) }
                    }
                )
            }
        }
    }
}

import Core

extension OutboundTemplate {
    func writeMeta(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("language", object: { $0.member("code", language) })
            guard !components.isEmpty else { return }
            $0.key("components")
            $0.array { for component in components { component.writeMeta(to: &$0) } }
        }
    }
}

extension OutboundTemplate.Component {
    fileprivate func writeMeta(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", kind.rawValue)
            if let button { $0.member("sub_type", button.rawValue) }
            // Meta's index is a string.
            if let index { $0.member("index", String(index)) }
            guard !parameters.isEmpty else { return }
            $0.key("parameters")
            $0.array { for parameter in parameters { parameter.writeMeta(to: &$0) } }
        }
    }
}

extension OutboundTemplate.Parameter {
    fileprivate func writeMeta(to writer: inout JSONWriter) {
        writer.object {
            switch self {
            case .text(let text, let name):
                $0.member("type", "text")
                $0.member("parameter_name", ifPresent: name)
                $0.member("text", text)
            case .currency(let fallback, let code, let amount):
                $0.member("type", "currency")
                $0.key("currency")
                $0.object {
                    $0.member("fallback_value", fallback)
                    $0.member("code", code)
                    $0.member("amount_1000", amount)
                }
            case .dateTime(let fallback):
                $0.member("type", "date_time")
                $0.member("date_time", object: { $0.member("fallback_value", fallback) })
            case .media(let media):
                $0.member("type", media.kind.rawValue)
                $0.key(media.kind.rawValue)
                MetaMessageBody.media(media, &$0)
            case .location(let location):
                $0.member("type", "location")
                $0.key("location")
                MetaMessageBody.location(location, &$0)
            case .payload(let payload):
                $0.member("type", "payload")
                $0.member("payload", payload)
            case .couponCode(let code):
                $0.member("type", "coupon_code")
                $0.member("coupon_code", code)
            case .action(let token, let data):
                $0.member("type", "action")
                $0.key("action")
                $0.object {
                    $0.member("flow_token", ifPresent: token)
                    if let data { $0.member("flow_action_data", raw: data.utf8) }
                }
            }
        }
    }
}

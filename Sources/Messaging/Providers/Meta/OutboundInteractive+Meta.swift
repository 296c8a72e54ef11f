import Core

extension OutboundInteractive {
    func writeMeta(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", metaType)
            if let header { Self.write(header, &$0) }
            if let body { $0.member("body", object: { $0.member("text", body) }) }
            if let footer { $0.member("footer", object: { $0.member("text", footer) }) }
            $0.member("action", object: { writeAction(&$0) })
        }
    }

    private var metaType: String {
        switch action {
        case .locationRequest: "location_request_message"
        case .catalog: "catalog_message"
        default: kind.rawValue
        }
    }

    private static func write(_ header: Header, _ writer: inout JSONWriter) {
        writer.key("header")
        writer.object { writer in
            switch header {
            case .text(let text):
                writer.member("type", "text")
                writer.member("text", text)
            case .media(let media):
                writer.member("type", media.kind.rawValue)
                writer.key(media.kind.rawValue)
                MetaMessageBody.media(media, &writer)
            }
        }
    }

    private func writeAction(_ writer: inout JSONWriter) {
        switch action {
        case .buttons(let buttons):
            writer.key("buttons")
            writer.array { writer in
                for button in buttons {
                    writer.object {
                        $0.member("type", "reply")
                        $0.key("reply")
                        $0.object {
                            $0.member("id", button.id)
                            $0.member("title", button.title)
                        }
                    }
                }
            }
        case .list(let button, let sections):
            writer.member("button", button)
            writer.key("sections")
            writer.array { for section in sections { Self.write(section, &$0) } }
        case .callToActionURL(let displayText, let url):
            writer.member("name", "cta_url")
            writer.key("parameters")
            writer.object {
                $0.member("display_text", displayText)
                $0.member("url", url)
            }
        case .locationRequest: writer.member("name", "send_location")
        case .product(let catalogID, let product):
            writer.member("catalog_id", catalogID)
            writer.member("product_retailer_id", product)
        case .productList(let catalogID, let sections):
            writer.member("catalog_id", catalogID)
            writer.key("sections")
            writer.array { for section in sections { Self.write(section, &$0) } }
        case .catalog(let thumbnail):
            writer.member("name", "catalog_message")
            if let thumbnail { writer.member("parameters", object: { $0.member("thumbnail_product_retailer_id", thumbnail) }) }
        case .flow(let form):
            writer.member("name", "flow")
            writer.key("parameters")
            form.writeMetaParameters(to: &writer)
        }
    }

    private static func write(_ section: Section, _ writer: inout JSONWriter) {
        writer.object {
            $0.member("title", ifPresent: section.title)
            $0.key("rows")
            $0.array { writer in
                for row in section.rows {
                    writer.object {
                        $0.member("id", row.id)
                        $0.member("title", row.title)
                        $0.member("description", ifPresent: row.description)
                    }
                }
            }
        }
    }

    private static func write(_ section: ProductSection, _ writer: inout JSONWriter) {
        writer.object {
            $0.member("title", ifPresent: section.title)
            $0.key("product_items")
            $0.array { writer in
                for id in section.productRetailerIDs { writer.object { $0.member("product_retailer_id", id) } }
            }
        }
    }
}

extension OutboundForm {
    fileprivate func writeMetaParameters(to writer: inout JSONWriter) {
        writer.object {
            $0.member("flow_message_version", "3")
            switch reference {
            case .id(let id): $0.member("flow_id", id)
            case .name(let name): $0.member("flow_name", name)
            }
            $0.member("flow_cta", label)
            $0.member("flow_token", ifPresent: token)
            $0.member("mode", mode.rawValue)
            $0.member("flow_action", action.rawValue)
            guard screen != nil || data != nil else { return }
            $0.key("flow_action_payload")
            $0.object {
                $0.member("screen", ifPresent: screen)
                if let data { $0.member("data", raw: data.utf8) }
            }
        }
    }
}

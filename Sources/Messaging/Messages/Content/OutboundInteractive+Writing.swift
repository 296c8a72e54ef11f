import Core

extension OutboundInteractive {
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", kind.rawValue)
            if let header {
                $0.key("header")
                $0.object { writer in
                    switch header {
                    case .text(let text):
                        writer.member("type", "text")
                        writer.member("text", text)
                    case .media(let media):
                        writer.member("type", media.kind.rawValue)
                        writer.key(media.kind.rawValue)
                        media.write(to: &writer)
                    }
                }
            }
            $0.member("body", ifPresent: body)
            $0.member("footer", ifPresent: footer)
            writeAction(&$0)
        }
    }

    private func writeAction(_ writer: inout JSONWriter) {
        switch action {
        case .buttons(let buttons):
            writer.key("buttons")
            writer.array { writer in
                for button in buttons {
                    writer.object {
                        $0.member("id", button.id)
                        $0.member("title", button.title)
                    }
                }
            }
        case .list(let button, let sections):
            writer.member("button", button)
            writer.key("sections")
            writer.array { for section in sections { Self.write(section, &$0) } }
        case .callToActionURL(let displayText, let url):
            writer.member("displayText", displayText)
            writer.member("url", url)
        case .locationRequest: break
        case .product(let catalogID, let product):
            writer.member("catalogId", catalogID)
            writer.member("productRetailerId", product)
        case .productList(let catalogID, let sections):
            writer.member("catalogId", catalogID)
            writer.key("sections")
            writer.array { writer in
                for section in sections {
                    writer.object {
                        $0.member("title", ifPresent: section.title)
                        $0.key("productRetailerIds")
                        $0.array { for id in section.productRetailerIDs { $0.string(id) } }
                    }
                }
            }
        case .catalog(let thumbnail): writer.member("thumbnailProductRetailerId", ifPresent: thumbnail)
        case .flow(let form):
            writer.key("flow")
            form.write(to: &writer)
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
}

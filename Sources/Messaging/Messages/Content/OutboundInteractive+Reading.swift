import Core

extension OutboundInteractive {
    init?(_ fields: JSONFields) {
        guard let kind = fields.choice("type", Kind.self) else {
            // Nobody can say which other members belong; naming them all would hide the one error.
            for (key, _) in fields.element.members { _ = fields.value(key, optional: true) }
            return nil
        }
        header = Self.header(of: kind, fields)
        body = fields.string("body", 1...1024, optional: kind == .product)
        footer = kind == .locationRequest ? nil : fields.string("footer", 1...60, optional: true)
        guard let action = Self.action(kind, fields) else { return nil }
        self.action = action
    }

    private enum HeaderKind: String, CaseIterable { case text, image, video, document }

    private static func header(of kind: Kind, _ fields: JSONFields) -> Header? {
        let allowed: Set<HeaderKind>
        switch kind {
        case .button, .callToActionURL, .flow: allowed = [.text, .image, .video, .document]
        case .list, .productList: allowed = [.text]
        case .product, .catalog, .locationRequest: return nil
        }
        return fields.object("header", optional: kind != .productList) { header in
            guard let headerKind = header.choice("type", HeaderKind.self) else { return nil }
            guard allowed.contains(headerKind) else {
                header.note("type", "not_allowed", "Must be text here.")
                _ = header.value(headerKind.rawValue, optional: true)
                return nil
            }
            if headerKind == .text { return header.string("text", 1...60).map { .text($0) } }
            let mediaKind = OutboundMedia.Kind(rawValue: headerKind.rawValue) ?? .image
            return header.object(headerKind.rawValue) { OutboundMedia(mediaKind, $0, bare: true).map { .media($0) } }
        }
    }

    private static func action(_ kind: Kind, _ fields: JSONFields) -> Action? {
        switch kind {
        case .button: return buttons(fields)
        case .list: return list(fields)
        case .callToActionURL:
            let displayText = fields.string("displayText", 1...20)
            let url = fields.string("url", 1...2000)
            if let url, !SecureLink.isValid(url) { fields.note("url", "invalid_value", "Must be an https address.") }
            guard let displayText, let url else { return nil }
            return .callToActionURL(displayText: displayText, url: url)
        case .locationRequest: return .locationRequest
        case .product:
            let catalogID = fields.string("catalogId", 1...100)
            let product = fields.string("productRetailerId", 1...100)
            guard let catalogID, let product else { return nil }
            return .product(catalogID: catalogID, productRetailerID: product)
        case .productList: return productList(fields)
        case .catalog: return .catalog(thumbnailProductRetailerID: fields.string("thumbnailProductRetailerId", 1...100, optional: true))
        case .flow: return fields.object("flow", OutboundForm.init).map { .flow($0) }
        }
    }

    private static func buttons(_ fields: JSONFields) -> Action? {
        var ids: Set<String> = []
        var titles: Set<String> = []
        let buttons = fields.objects("buttons", 1...3) { button -> Button? in
            let id = button.string("id", 1...256)
            let title = button.string("title", 1...20)
            guard let id, let title else { return nil }
            if !ids.insert(id).inserted { button.note("id", "duplicate", "Must differ from the other buttons' ids.") }
            if !titles.insert(title).inserted { button.note("title", "duplicate", "Must differ from the other buttons' titles.") }
            return Button(id: id, title: title)
        }
        return buttons.map { .buttons($0) }
    }

    private static func list(_ fields: JSONFields) -> Action? {
        let button = fields.string("button", 1...20)
        var ids: Set<String> = []
        var count = 0
        let needsTitles = (fields.element["sections"]?.elements.count ?? 0) > 1
        let sections = fields.objects("sections", 1...10) { section -> Section? in
            let title = section.string("title", 1...24, optional: !needsTitles)
            let rows = section.objects("rows", 1...10) { row -> Row? in
                let id = row.string("id", 1...200)
                let title = row.string("title", 1...24)
                let description = row.string("description", 1...72, optional: true)
                guard let id, let title else { return nil }
                if !ids.insert(id).inserted { row.note("id", "duplicate", "Must differ from the other rows' ids.") }
                return Row(id: id, title: title, description: description)
            }
            count += rows?.count ?? 0
            return rows.map { Section(title: title, rows: $0) }
        }
        if count > 10 { fields.note("sections", "too_many", "Must have at most 10 rows in all sections together.") }
        guard let button, let sections else { return nil }
        return .list(button: button, sections: sections)
    }

    private static func productList(_ fields: JSONFields) -> Action? {
        let catalogID = fields.string("catalogId", 1...100)
        var count = 0
        let needsTitles = (fields.element["sections"]?.elements.count ?? 0) > 1
        let sections = fields.objects("sections", 1...10) { section -> ProductSection? in
            let title = section.string("title", 1...24, optional: !needsTitles)
            let products = section.elements("productRetailerIds", 1...30)?.compactMap { pointer, element -> String? in
                if let id = element.string, !element.containsNUL, (1...100).contains(id.unicodeScalars.count) { return id }
                section.errors.add(pointer, "invalid_value", "Must be a string of 1 to 100 characters.")
                return nil
            }
            count += products?.count ?? 0
            return products.map { ProductSection(title: title, productRetailerIDs: $0) }
        }
        if count > 30 { fields.note("sections", "too_many", "Must have at most 30 products in all sections together.") }
        guard let catalogID, let sections else { return nil }
        return .productList(catalogID: catalogID, sections: sections)
    }
}

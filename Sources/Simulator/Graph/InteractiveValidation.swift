/// The limits of interactive messages (A9).
enum InteractiveValidation {
    private typealias Check = MessageValidation

    static func check(_ payload: JSONValue) throws(GraphError) {
        let payload = try Check.object(payload, "interactive")
        let type = try Check.text(payload["type"], "interactive['type']", limit: 64)
        try parts(payload, type: type)
        if type == "location_request_message" || type == "catalog_message" {
            let name = type == "catalog_message" ? "catalog_message" : "send_location"
            guard payload["action"]?["name"]?.string == name else { throw .invalid("interactive['action']['name'] must be \(name)") }
            return
        }
        let action = try Check.object(payload["action"], "interactive['action']")
        switch type {
        case "button": try buttons(action)
        case "list": try list(action)
        case "cta_url": try link(action)
        case "flow": try flow(action)
        case "product":
            try Check.text(action["catalog_id"], "action['catalog_id']", limit: 256)
            try Check.text(action["product_retailer_id"], "action['product_retailer_id']", limit: 256)
        case "product_list": try products(action)
        default: throw .parameter("Param interactive['type'] is not one of the known types - got \"\(type)\".")
        }
    }

    /// Header, body and footer.
    private static func parts(_ payload: JSONValue, type: String) throws(GraphError) {
        if type != "product" || payload["body"] != nil {
            // The list's body is 4096 in one document and 1024 in the specification: the stricter one holds (H2).
            try Check.text(payload["body"]?["text"], "interactive['body']['text']", limit: 1024)
        }
        if let footer = payload["footer"], footer != .null {
            try Check.text(footer["text"], "interactive['footer']['text']", limit: 60)
        }
        guard let header = payload["header"], header != .null else {
            if type == "product_list" { throw .missing("interactive['header']") }
            return
        }
        let kind = try Check.text(header["type"], "interactive['header']['type']", limit: 16)
        let textOnly = type == "list" || type == "product_list"
        guard type != "product", type != "location_request_message", kind == "text" || !textOnly else {
            throw .invalid("Header type \(kind) is not allowed for interactive type \(type)")
        }
        switch kind {
        case "text": try Check.text(header["text"], "interactive['header']['text']", limit: 60)
        case "image", "video", "document": try Check.media(header[kind], kind, hasCaption: false)
        default: throw .invalid("interactive['header']['type'] must be text, image, video or document")
        }
    }

    private static func buttons(_ action: JSONValue) throws(GraphError) {
        guard let buttons = action["buttons"]?.elements, (1...3).contains(buttons.count) else {
            throw .invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
        }
        var titles: Set<String> = []
        var ids: Set<String> = []
        for button in buttons {
            guard button["type"]?.string == "reply" else { throw .invalid("Button type must be reply") }
            let title = try Check.text(button["reply"]?["title"], "Button title", limit: 20)
            let id = try Check.text(button["reply"]?["id"], "Button id", limit: 256)
            guard titles.insert(title).inserted else { throw .invalid("Duplicated button title: \(title)") }
            guard ids.insert(id).inserted else { throw .invalid("Duplicated button id: \(id)") }
        }
    }

    private static func list(_ action: JSONValue) throws(GraphError) {
        try Check.text(action["button"], "interactive['action']['button']", limit: 20)
        guard let sections = action["sections"]?.elements, (1...10).contains(sections.count) else {
            throw .invalid("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
        }
        var total = 0
        var ids: Set<String> = []
        for section in sections {
            if sections.count > 1 {
                try Check.text(section["title"], "Section title", limit: 24)
            } else {
                try Check.optionalText(section["title"], "Section title", limit: 24)
            }
            guard let rows = section["rows"]?.elements, !rows.isEmpty else { throw .missing("section['rows']") }
            total += rows.count
            guard total <= 10 else { throw .invalid("Total row count exceed max allowed count: 10") }
            for row in rows {
                let id = try Check.text(row["id"], "Row id", limit: 200)
                try Check.text(row["title"], "Row title", limit: 24)
                try Check.optionalText(row["description"], "Row description", limit: 72)
                guard ids.insert(id).inserted else { throw .invalid("Duplicated row id: \(id)") }
            }
        }
    }

    private static func link(_ action: JSONValue) throws(GraphError) {
        guard action["name"]?.string == "cta_url" else { throw .invalid("interactive['action']['name'] must be cta_url") }
        try Check.text(action["parameters"]?["display_text"], "display_text", limit: 20)
        try Check.webAddress(action["parameters"]?["url"], "url")
    }

    private static func flow(_ action: JSONValue) throws(GraphError) {
        guard action["name"]?.string == "flow" else { throw .invalid("interactive['action']['name'] must be flow") }
        let parameters = try Check.object(action["parameters"], "action['parameters']")
        guard parameters["flow_message_version"] != nil else { throw .missing("flow_message_version") }
        guard (parameters["flow_id"] == nil) != (parameters["flow_name"] == nil) else { throw .missing("flow_id or flow_name") }
        let title = try Check.text(parameters["flow_cta"], "flow_cta", limit: 30)
        guard !title.unicodeScalars.contains(where: { $0.properties.isEmojiPresentation }) else {
            throw .invalid("flow_cta must not contain emoji")
        }
        if let action = parameters["flow_action"]?.string, action != "navigate", action != "data_exchange" {
            throw .invalid("flow_action must be navigate or data_exchange")
        }
    }

    private static func products(_ action: JSONValue) throws(GraphError) {
        try Check.text(action["catalog_id"], "action['catalog_id']", limit: 256)
        guard let sections = action["sections"]?.elements, (1...10).contains(sections.count) else {
            throw .invalid("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
        }
        var total = 0
        for section in sections {
            if sections.count > 1 { try Check.text(section["title"], "Section title", limit: 24) }
            guard let items = section["product_items"]?.elements, !items.isEmpty else { throw .missing("section['product_items']") }
            total += items.count
            guard total <= 30 else { throw .invalid("Total product count exceed max allowed count: 30") }
            for item in items { try Check.text(item["product_retailer_id"], "product_retailer_id", limit: 256) }
        }
    }
}

import Core

/// A message with something to tap (`providers.md` A9).
public struct OutboundInteractive: Sendable, Hashable {
    public enum Header: Sendable, Hashable {
        case text(String)
        /// Image, video or document, without caption.
        case media(OutboundMedia)
    }

    public struct Button: Sendable, Hashable {
        /// What comes back when it is tapped, up to 256.
        public let id: String
        /// Up to 20.
        public let title: String

        public init(id: String, title: String) {
            self.id = id
            self.title = title
        }
    }

    public struct Row: Sendable, Hashable {
        /// What comes back when it is chosen, up to 200.
        public let id: String
        /// Up to 24.
        public let title: String
        /// Up to 72.
        public let description: String?

        public init(id: String, title: String, description: String? = nil) {
            self.id = id
            self.title = title
            self.description = description
        }
    }

    public struct Section: Sendable, Hashable {
        /// Up to 24; needed when there is more than one section.
        public let title: String?
        public let rows: [Row]

        public init(title: String? = nil, rows: [Row]) {
            self.title = title
            self.rows = rows
        }
    }

    public struct ProductSection: Sendable, Hashable {
        public let title: String?
        public let productRetailerIDs: [String]

        public init(title: String? = nil, productRetailerIDs: [String]) {
            self.title = title
            self.productRetailerIDs = productRetailerIDs
        }
    }

    public enum Action: Sendable, Hashable {
        /// One to three.
        case buttons([Button])
        /// One to ten sections with ten rows in all; `button` (up to 20) opens the list.
        case list(button: String, sections: [Section])
        case callToActionURL(displayText: String, url: String)
        case locationRequest
        case product(catalogID: String, productRetailerID: String)
        case productList(catalogID: String, sections: [ProductSection])
        case catalog(thumbnailProductRetailerID: String?)
        case flow(OutboundForm)
    }

    public let header: Header?
    public let body: String?
    public let footer: String?
    public let action: Action

    /// The caller keeps to the limits; what comes from outside is read by `OutboundContent(body:)`.
    public init(header: Header? = nil, body: String, footer: String? = nil, action: Action) {
        self.header = header
        self.body = body
        self.footer = footer
        self.action = action
    }

    enum Kind: String, CaseIterable {
        case button, list, catalog, flow, product
        case callToActionURL = "cta_url"
        case locationRequest = "location_request"
        case productList = "product_list"
    }

    var kind: Kind {
        switch action {
        case .buttons: .button
        case .list: .list
        case .callToActionURL: .callToActionURL
        case .locationRequest: .locationRequest
        case .product: .product
        case .productList: .productList
        case .catalog: .catalog
        case .flow: .flow
        }
    }
}

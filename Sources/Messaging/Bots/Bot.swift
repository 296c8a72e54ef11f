import Core

/// A merchant's automated persona.
public struct Bot: Sendable, Equatable {
    public let id: BotID
    public let name: String
    /// What it says first; nil: the built-in greeting in the customer's language.
    public let greeting: String?
    public let menu: String?
    public let openingHours: String?
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// What makes a bot.
public struct BotIn: Sendable {
    public var name: String
    public var greeting: String?
    public var menu: String?
    public var openingHours: String?

    public init(name: String, greeting: String? = nil, menu: String? = nil, openingHours: String? = nil) {
        self.name = name
        self.greeting = greeting
        self.menu = menu
        self.openingHours = openingHours
    }
}

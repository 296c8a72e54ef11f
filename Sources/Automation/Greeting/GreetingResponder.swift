import Core
import Foundation
import Messaging

/// The first responder: greets in the customer's language, with buttons for the menu, the opening hours and a person; a person ends the bot's part.
public struct GreetingResponder: InboundResponder {
    /// The ids of the greeting's buttons.
    enum Choice: String {
        case menu = "maitre:menu"
        case hours = "maitre:hours"
        case person = "maitre:person"
    }

    /// A conversation that was silent for so long is greeted again.
    private static let greetingInterval: Duration = .seconds(12 * 3600)

    public init() {}

    public func respond(to message: InboundMessage, in context: ConversationContext) async throws -> BotResponse {
        let language = language(of: message, in: context)
        let texts = GreetingTexts.of(language)
        let known = context.conversation
        switch message.content.type {
        case .reaction, .system, .edit, .revoke:
            return .none
        default:
            break
        }
        if let choice = choice(of: message, texts: texts) {
            return respond(to: choice, texts: texts, language: language, in: context)
        }
        let greetedRecently = known?.greetedAt.map { .now - $0 < Self.greetingInterval } ?? false
        let name = message.contact.name.map { String($0.prefix(60)) }
        let text = greetedRecently ? texts.fallback : (context.bot.greeting ?? texts.greeting(context.merchantName, name))
        return BotResponse(
            replies: [try Self.buttons(body: text, texts: texts)],
            locale: language.rawValue,
            greets: !greetedRecently
        )
    }

    private func respond(to choice: Choice, texts: GreetingTexts, language: CustomerLanguage, in context: ConversationContext)
        -> BotResponse
    {
        switch choice {
        case .menu:
            BotResponse(replies: [.text(body: context.bot.menu ?? texts.noMenu, previewURL: false)], locale: language.rawValue)
        case .hours:
            BotResponse(replies: [.text(body: context.bot.openingHours ?? texts.noHours, previewURL: false)], locale: language.rawValue)
        case .person:
            BotResponse(replies: [.text(body: texts.handover, previewURL: false)], mode: .agent, locale: language.rawValue)
        }
    }

    /// A tapped button, or the same said in words.
    private func choice(of message: InboundMessage, texts: GreetingTexts) -> Choice? {
        if let selection = message.content.selection { return Choice(rawValue: selection) }
        guard let words = message.content.words?.trimmingCharacters(in: .whitespacesAndNewlines).lowercased(), !words.isEmpty else {
            return nil
        }
        for language in CustomerLanguage.allCases {
            let texts = GreetingTexts.of(language)
            if words == texts.menuButton.lowercased() { return .menu }
            if words == texts.hoursButton.lowercased() { return .hours }
            if words == texts.personButton.lowercased() { return .person }
        }
        return switch words {
        case "human", "agent", "person", "موظف", "إنسان", "manusia", "staf", "cs": .person
        default: nil
        }
    }

    /// What this message tells, or what is known, or the number's country, or the restaurant's own language.
    private func language(of message: InboundMessage, in context: ConversationContext) -> CustomerLanguage {
        message.content.words.flatMap(CustomerLanguage.init(text:)) ?? CustomerLanguage(locale: context.conversation?.locale)
            ?? CustomerLanguage(phone: message.contact.phoneNumber) ?? CustomerLanguage(locale: context.merchantLocale) ?? .english
    }

    private static func buttons(body: String, texts: GreetingTexts) throws -> OutboundContent {
        .interactive(
            OutboundInteractive(
                body: body,
                action: .buttons([
                    .init(id: Choice.menu.rawValue, title: texts.menuButton),
                    .init(id: Choice.hours.rawValue, title: texts.hoursButton),
                    .init(id: Choice.person.rawValue, title: texts.personButton),
                ])
            )
        )
    }
}

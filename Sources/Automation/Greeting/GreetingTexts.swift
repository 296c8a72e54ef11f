/// What the bot says by itself, in one language.
struct GreetingTexts: Sendable {
    let greeting: @Sendable (_ restaurant: String, _ customer: String?) -> String
    let menuButton: String
    let hoursButton: String
    let personButton: String
    let noMenu: String
    let noHours: String
    let handover: String
    let fallback: String

    static func of(_ language: CustomerLanguage) -> GreetingTexts {
        switch language {
        case .english: english
        case .arabic: arabic
        case .indonesian: indonesian
        }
    }

    private static let english = GreetingTexts(
        greeting: { restaurant, customer in "Hello\(customer.map { " \($0)" } ?? "")! Welcome to \(restaurant). How can we help you?" },
        menuButton: "Menu",
        hoursButton: "Opening hours",
        personButton: "Talk to a person",
        noMenu: "Our menu will be here soon. A colleague is glad to tell you what we have today.",
        noHours: "A colleague is glad to tell you when we are open.",
        handover: "Thank you. A colleague will answer you here shortly.",
        fallback: "How can we help you?"
    )

    private static let arabic = GreetingTexts(
        greeting: { restaurant, customer in "مرحباً\(customer.map { " \($0)" } ?? "")! أهلاً بك في \(restaurant). كيف يمكننا مساعدتك؟" },
        menuButton: "القائمة",
        hoursButton: "ساعات العمل",
        personButton: "التحدث مع موظف",
        noMenu: "ستكون القائمة هنا قريباً. يسعد زميلنا أن يخبرك بما لدينا اليوم.",
        noHours: "يسعد زميلنا أن يخبرك بساعات العمل.",
        handover: "شكراً لك. سيرد عليك أحد الزملاء هنا قريباً.",
        fallback: "كيف يمكننا مساعدتك؟"
    )

    private static let indonesian = GreetingTexts(
        greeting: { restaurant, customer in
            "Halo\(customer.map { " \($0)" } ?? "")! Selamat datang di \(restaurant). Ada yang bisa kami bantu?"
        },
        menuButton: "Menu",
        hoursButton: "Jam buka",
        personButton: "Bicara dengan staf",
        noMenu: "Menu kami akan segera ada di sini. Rekan kami siap memberi tahu apa yang tersedia hari ini.",
        noHours: "Rekan kami siap memberi tahu jam buka kami.",
        handover: "Terima kasih. Rekan kami akan segera membalas di sini.",
        fallback: "Ada yang bisa kami bantu?"
    )
}

import Foundation

/// A restaurant of the demo data. Everything about it is fixed, so that a second start finds what the first one made.
struct DemoRestaurant: Sendable {
    let name: String
    let timeZone: String
    let locale: String
    let currency: String
    let greeting: String?
    let menu: String
    let openingHours: String
    let ownerName: String
    let ownerEmail: String
    /// Digits.
    let displayNumber: String
    let phoneNumberID: String
    let wabaID: String

    static let all = [
        DemoRestaurant(
            name: "مطعم نجد",
            timeZone: "Asia/Riyadh",
            locale: "ar",
            currency: "SAR",
            greeting: nil,
            menu: "كبسة دجاج ٣٢ ر.س\nمندي لحم ٥٨ ر.س\nسلطة خضراء ١٤ ر.س\nشاي بالنعناع ٨ ر.س",
            openingHours: "يومياً من ١٢ ظهراً حتى ١ صباحاً، والجمعة من ١ ظهراً.",
            ownerName: "Noura",
            ownerEmail: "owner@najd.demo",
            displayNumber: "966500000099",
            phoneNumberID: "106540352242922",
            wabaID: "102290129340398"
        ),
        DemoRestaurant(
            name: "Warung Sari",
            timeZone: "Asia/Jakarta",
            locale: "id",
            currency: "IDR",
            greeting: nil,
            menu: "Nasi goreng Rp 28.000\nSate ayam Rp 35.000\nGado-gado Rp 24.000\nEs teh manis Rp 8.000",
            openingHours: "Setiap hari pukul 10.00–22.00.",
            ownerName: "Sari",
            ownerEmail: "owner@warungsari.demo",
            displayNumber: "6281100000099",
            phoneNumberID: "106540352242933",
            wabaID: "102290129340399"
        ),
        DemoRestaurant(
            name: "The Brick Lane Kitchen",
            timeZone: "Europe/London",
            locale: "en",
            currency: "GBP",
            greeting: nil,
            menu: "Salt beef bagel £7.50\nMasala chai £3.20\nRoast of the day £14.00\nApple crumble £6.00",
            openingHours: "Tuesday to Sunday, noon to 10 pm. Closed on Mondays.",
            ownerName: "Ellen",
            ownerEmail: "owner@bricklane.demo",
            displayNumber: "442000000099",
            phoneNumberID: "106540352242944",
            wabaID: "102290129340400"
        ),
    ]

    /// The Meta app that all demo channels belong to.
    static let appID = "990011223344556"
}

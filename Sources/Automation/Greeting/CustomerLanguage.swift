import Core
import Foundation

/// The languages that the built-in texts exist in.
public enum CustomerLanguage: String, Sendable, CaseIterable {
    case english = "en"
    case arabic = "ar"
    case indonesian = "id"

    /// From a locale such as `ar` or `en-GB`; nil for languages that have no texts.
    init?(locale: String?) {
        guard let locale, let language = CustomerLanguage(rawValue: String(locale.prefix(2))) else { return nil }
        self = language
    }

    /// What a text tells about its language, nil when it tells nothing: Arabic by its letters, the others by words that only they have.
    init?(text: String) {
        var arabicLetters = 0
        var letters = 0
        for scalar in text.unicodeScalars.prefix(500) where scalar.properties.isAlphabetic {
            letters += 1
            if (0x0600...0x06ff).contains(scalar.value) || (0x0750...0x077f).contains(scalar.value) { arabicLetters += 1 }
        }
        if arabicLetters * 2 > letters {
            self = .arabic
            return
        }
        let words = Set(text.lowercased().prefix(500).split { !$0.isLetter }.map(String.init))
        let indonesian = words.intersection(Self.indonesianWords).count
        let english = words.intersection(Self.englishWords).count
        if indonesian > english {
            self = .indonesian
        } else if english > indonesian {
            self = .english
        } else {
            return nil
        }
    }

    /// The language of most people with numbers of that country.
    init?(phone: PhoneNumber?) {
        guard let digits = phone?.digits else { return nil }
        if digits.hasPrefix("62") {
            self = .indonesian
        } else if Self.arabicCountries.contains(where: digits.hasPrefix) {
            self = .arabic
        } else if ["44", "1", "61", "353", "64"].contains(where: digits.hasPrefix) {
            self = .english
        } else {
            return nil
        }
    }

    private static let arabicCountries = [
        "966", "971", "965", "974", "973", "968", "962", "961", "964", "963", "967", "20", "212", "213", "216", "218", "249", "970",
    ]

    private static let indonesianWords: Set<String> = [
        "halo", "hai", "selamat", "pagi", "siang", "sore", "malam", "saya", "mau", "pesan", "terima", "kasih", "tolong", "apa", "ada",
        "bisa",
        "berapa", "buka", "jam", "makan", "alamat", "kak", "mas", "mbak", "dong", "ya", "tidak", "orang",
    ]

    private static let englishWords: Set<String> = [
        "hello", "hi", "hey", "good", "morning", "evening", "i", "want", "order", "please", "thanks", "thank", "you", "what", "is", "are",
        "can",
        "open", "hours", "the", "when", "how", "much", "human", "agent", "person", "help",
    ]
}

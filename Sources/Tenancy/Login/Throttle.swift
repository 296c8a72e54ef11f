import Core
import Crypto
import Foundation

/// What may be tried so many times in a window, by whom or against whom.
struct Throttle: Sendable {
    let key: [UInt8]
    let limit: Int
    let window: Duration

    private init(_ name: String, _ subject: String, limit: Int, window: Duration) {
        key = Array(SHA256.hash(data: Data("\(name)|\(subject)".utf8)))
        self.limit = limit
        self.window = window
    }

    private static let quarterHour: Duration = .seconds(900)

    /// Passwords tried for an account from browsers that it does not know: all of them together. Whoever exhausts it locks out other strangers, not the
    /// owner, who has a known browser or the way of a new password.
    static func strangers(of email: EmailAddress) -> Throttle { Throttle("login", email.text, limit: 10, window: quarterHour) }

    /// Passwords tried for an account from one browser that it knows.
    static func knownDevice(_ device: [UInt8], of email: EmailAddress) -> Throttle {
        Throttle("login", "\(email.text)|\(device.hexadecimal)", limit: 10, window: quarterHour)
    }

    /// Passwords and links tried from an address, whatever the account.
    static func address(_ actor: Actor) -> Throttle { Throttle("address", actor.network, limit: 100, window: quarterHour) }

    /// Second factors tried by whoever has the password.
    static func secondFactor(of person: PersonID) -> Throttle { Throttle("totp", person.description, limit: 6, window: quarterHour) }

    static func secondFactor(of person: PersonID, knownDevice device: [UInt8]) -> Throttle {
        Throttle("totp", "\(person)|\(device.hexadecimal)", limit: 6, window: quarterHour)
    }

    /// The password of somebody who is logged in, asked again before something that matters.
    static func confirmation(of person: PersonID) -> Throttle { Throttle("confirm", person.description, limit: 10, window: quarterHour) }

    /// E-mails that anybody may have sent to an address.
    static func email(to email: EmailAddress) -> Throttle { Throttle("email", email.text, limit: 3, window: .seconds(3600)) }

    static func invitations(of merchant: MerchantID) -> Throttle {
        Throttle("invites", merchant.description, limit: 100, window: .seconds(3600))
    }

    static func invitations(to email: EmailAddress) -> Throttle { Throttle("invite", email.text, limit: 10, window: .seconds(3600)) }

    static func emails(from actor: Actor) -> Throttle { Throttle("emails", actor.network, limit: 20, window: .seconds(3600)) }
}

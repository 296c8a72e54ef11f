import Core
import Tenancy

/// Where e-mails are handed over. Without `smtp.url` none are sent: whoever invites is shown the link.
struct SMTPSettings: Sendable {
    /// Nil where no e-mail is sent.
    let client: SMTPClient.Configuration?

    init(_ reader: SettingsReader) {
        let url = reader.optionalText("smtp.url", type: "smtp or smtps URL") { $0.hasPrefix("smtp://") || $0.hasPrefix("smtps://") }
        let user = reader.optionalText("smtp.user", type: "text") { _ in true }
        let password = reader.secret("smtp.password", type: "text") { $0 }
        let sender = reader.text("smtp.sender", default: "Maitre <no-reply@localhost>")
        let allowsPlaintext = reader.choice("smtp.security", default: Security.required) == .opportunistic
        client = url.map {
            SMTPClient.Configuration(url: $0, user: user, password: try? password.get(), sender: sender, allowsPlaintext: allowsPlaintext)
        }
    }

    /// TLS with the server.
    private enum Security: String, CaseIterable {
        /// No e-mail without it.
        case required
        /// If the server offers it; for a relay on the same machine.
        case opportunistic
    }
}

import Core
import Foundation
import Logging

/// Prepares e-mails and the links in them. Whether anything leaves the house depends on an SMTP server being configured.
public struct PostOffice: Sendable {
    private let secretBox: SecretBox
    private let publicURL: String
    /// Whether e-mails are sent at all. Where not, whoever invites is shown the link.
    public let sends: Bool
    private let showsLinks: Bool
    private let logger: Logger

    /// - Parameters:
    ///   - publicURL: of the dashboard, without a slash at its end. Links are made of it and never of a request's `Host`.
    ///   - sends: whether an SMTP server is configured.
    ///   - showsLinks: for development: writes links into the log where no e-mail is sent.
    public init(secretBox: SecretBox, publicURL: String, sends: Bool, showsLinks: Bool = false, logger: Logger) {
        self.secretBox = secretBox
        self.publicURL = publicURL
        self.sends = sends
        self.showsLinks = showsLinks
        self.logger = logger
    }

    /// The address of a page of the dashboard with a token for it, in the fragment: what follows `#` is sent to no server and stands in no log.
    func link(to page: String, token: Secret<String>) -> Secret<String> { Secret("\(publicURL)/\(page)#token=\(token.reveal())") }

    func seal(_ email: Email, lifetime: Duration) throws -> SealedEmail {
        let id = EmailID.new()
        let content = try secretBox.seal(JSONEncoder().encode(email), at: SealedEmail.place(id))
        return SealedEmail(id: id, content: content, expiresAt: .now + lifetime)
    }

    func open(_ sealed: SealedEmail) throws -> Email {
        try JSONDecoder().decode(Email.self, from: Data(secretBox.open(sealed.content, at: SealedEmail.place(sealed.id))))
    }

    /// In development without SMTP, the log is where a link can be found.
    func mention(_ what: Logger.Message, to recipient: EmailAddress, token: Secret<String>, page: String) {
        guard showsLinks, !sends, EmailAddress(recipient.text) != nil else { return }
        logger.notice(what, metadata: ["to": "\(recipient)", "link": "\(link(to: page, token: token).reveal())"])
    }
}

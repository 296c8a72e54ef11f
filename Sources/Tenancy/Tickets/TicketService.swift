import Core

/// What a ticket stands for: a credential that was presented when it was made, for one restaurant and one origin.
public struct Ticket: Sendable, Equatable {
    public let credential: StandingCredential
    public let merchant: MerchantID
    /// The page's, as the browser named it; nil for a program that is no browser.
    public let origin: String?

    public init(credential: StandingCredential, merchant: MerchantID, origin: String?) {
        self.credential = credential
        self.merchant = merchant
        self.origin = origin
    }
}

/// Tickets for what a browser can open but not give header fields to: a WebSocket. Each counts once, for half a minute, on any node.
///
/// A ticket may stand in a URL, and so in some proxy's log, because by then it has been used. It is stored as a hash like every other token.
public struct TicketService: Sendable {
    public static let lifetime: Duration = .seconds(30)

    private let database: PlatformDatabase
    private let lifetime: Duration

    public init(database: PlatformDatabase, lifetime: Duration = TicketService.lifetime) {
        self.database = database
        self.lifetime = lifetime
    }

    public func make(_ ticket: Ticket) async throws -> Secret<String> {
        let token = TokenFormat.generate(.realtimeTicket)
        try await database.platform { tx in
            let tickets = TicketRepository(tx)
            tickets.deleteOld()
            tickets.insert(ticket, hash: PresentedCredential.digest(of: token.reveal()), lifetime: lifetime)
        }
        return token
    }

    /// What `text` stood for; from now on it stands for nothing.
    ///
    /// - Parameter origin: of the request that brings it. A ticket that turns up elsewhere is used up like any other, and good for nothing.
    /// - Throws: `AuthenticationFailure.invalidCredential`, the same whatever is wrong.
    public func redeem(_ text: String, origin: String?) async throws -> Ticket {
        guard TokenFormat.kind(of: text) == .realtimeTicket,
            let ticket = try await database.platform({ tx in TicketRepository(tx).take(hash: PresentedCredential.digest(of: text)) }),
            ticket.origin == origin
        else { throw AuthenticationFailure.invalidCredential }
        return ticket
    }
}

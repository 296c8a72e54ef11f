import Core

/// One line of the audit log: who did what to what, or was refused it (A8).
public struct AuditEntry: Sendable, Hashable {
    public enum Outcome: String, Sendable, CaseIterable {
        case done
        case refused
    }

    public let id: AuditEntryID
    public let at: Timestamp
    /// Whose log it is in besides the platform's; set by the transaction of a merchant.
    public var merchant: MerchantID?
    public let actor: Actor
    public let action: AuditAction
    public let outcome: Outcome
    /// Why it was refused: the code of the problem document.
    public let code: String?
    public let subject: AuditSubject?
    public let details: AuditDetails
    /// How often it happened; above 1 for repetitions that were counted instead of written one by one.
    public let count: Int

    public init(
        action: AuditAction,
        outcome: Outcome = .done,
        code: String? = nil,
        subject: AuditSubject? = nil,
        of merchant: MerchantID? = nil,
        by actor: Actor,
        details: AuditDetails = [:],
        count: Int = 1,
        at: Timestamp = .now
    ) {
        self.init(
            id: .new(at: at),
            at: at,
            merchant: merchant,
            actor: actor,
            action: action,
            outcome: outcome,
            code: code.flatMap { AuditText.cleaned($0, atMost: 60) },
            subject: subject,
            details: details,
            count: count
        )
    }

    init(
        id: AuditEntryID,
        at: Timestamp,
        merchant: MerchantID?,
        actor: Actor,
        action: AuditAction,
        outcome: Outcome,
        code: String?,
        subject: AuditSubject?,
        details: AuditDetails,
        count: Int
    ) {
        self.id = id
        self.at = at
        self.merchant = merchant
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.code = code
        self.subject = subject
        self.details = details
        self.count = count
    }
}

/// What was changed, by its type and id: `bot`, `channel`, `credential` …
public struct AuditSubject: Sendable, Hashable {
    public let type: String
    public let id: AuditSubjectID?

    public init<Tag>(_ type: String, _ id: Identifier<Tag>?) {
        self.type = type
        self.id = id.map { AuditSubjectID($0.uuid) }
    }
}

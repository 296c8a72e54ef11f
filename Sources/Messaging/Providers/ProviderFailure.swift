/// A provider's refusal, and what to do about it.
public struct ProviderFailure: Error, Sendable, Hashable {
    public enum Action: Sendable, Hashable {
        /// Try the message again, not before that long.
        case retry(after: Duration)
        /// Not before 24 hours.
        case retryAfter24Hours
        /// This message will not go out.
        case final
        /// Nothing will go out of this channel until somebody acts: stop it, mark it with the reason and alert.
        case stopChannel(reason: StopReason)
    }

    /// Why a channel cannot send. The raw value is stored with the channel.
    public enum StopReason: String, Sendable, Hashable, CaseIterable {
        case tokenInvalid = "token_invalid"
        case permissionMissing = "permission_missing"
        case policyViolation = "policy_violation"
        case accountLocked = "account_locked"
        case paymentProblem = "payment_problem"
        case displayNameNotApproved = "display_name_not_approved"
        case numberNotRegistered = "number_not_registered"
        case numberDeleted = "number_deleted"
        case spamLimit = "spam_limit"
        case messagingLimit = "messaging_limit"
        case registrationLimit = "registration_limit"
    }

    /// What else a refusal says.
    public struct Hints: OptionSet, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The customer does not want marketing messages any more.
        public static let optOut = Hints(rawValue: 1)
        /// The template is paused for low quality.
        public static let templatePaused = Hints(rawValue: 2)
        /// The template is disabled for good.
        public static let templateDisabled = Hints(rawValue: 4)
        /// The service window is closed; a template would go out.
        public static let needsTemplate = Hints(rawValue: 8)
        /// The file could not be fetched or read; one new upload may help.
        public static let uploadAgain = Hints(rawValue: 16)
    }

    /// The provider's own code; nil when the answer had none.
    public let code: Int64?
    public let title: String
    public let details: String?
    public let action: Action
    public let hints: Hints

    public init(code: Int64?, title: String, details: String? = nil, action: Action, hints: Hints = []) {
        self.code = code
        self.title = title
        self.details = details
        self.action = action
        self.hints = hints
    }
}

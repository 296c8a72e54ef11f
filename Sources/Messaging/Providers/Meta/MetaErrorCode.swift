/// What to do about an error of the Cloud API (`providers.md` A12). Decided on the code: the HTTP status and the words are not reliable.
public enum MetaErrorCode {
    /// - Parameters:
    ///   - attempt: how often the message was tried before.
    ///   - isTransient: what the answer says of itself; only counts for a code that is not in the table.
    /// - Returns: nil for a code that is not in the table, unless the answer calls itself transient.
    public static func action(_ code: Int64, attempt: Int, isTransient: Bool = false) -> ProviderFailure.Action? {
        switch code {
        case 0, 190: .stopChannel(reason: .tokenInvalid)
        case 3, 10, 200...299, 131005: .stopChannel(reason: .permissionMissing)
        case 368: .stopChannel(reason: .policyViolation)
        case 131031: .stopChannel(reason: .accountLocked)
        case 131042: .stopChannel(reason: .paymentProblem)
        case 131037: .stopChannel(reason: .displayNameNotApproved)
        case 133010, 131045: .stopChannel(reason: .numberNotRegistered)
        case 33: .stopChannel(reason: .numberDeleted)
        case 131048: .stopChannel(reason: .spamLimit)
        case 131064: .stopChannel(reason: .messagingLimit)
        case 133016: .stopChannel(reason: .registrationLimit)
        // Unknown to Meta itself: bad request or bad server. Once more, then no more.
        case 1: attempt == 0 ? .retry(after: .seconds(5)) : .final
        case 2, 131000, 131016, 133004, 2_494_100: .retry(after: backOff(.seconds(5), attempt, atMost: .seconds(900)))
        // An upgrade of the number's throughput takes up to a minute.
        case 131057: .retry(after: backOff(.seconds(60), attempt, atMost: .seconds(900)))
        case 4, 80007: .retry(after: backOff(.seconds(60), attempt, atMost: .seconds(3600)))
        case 130429: .retry(after: backOff(.seconds(1), attempt, atMost: .seconds(60)))
        case 131056: .retry(after: pairWait(attempt))
        case 132069: .retry(after: .seconds(360))
        case 134101: .retry(after: .seconds(600))
        case 131049: .retryAfter24Hours
        case 100, 130472, 130497, 131008, 131009, 131021, 131026, 131030, 131047, 131050...131053, 131055, 131062, 131063,
            132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068,
            133000, 133005, 133006, 133008, 133009, 133015, 134011, 134100, 134102, 135000, 137000:
            .final
        default: isTransient ? .retry(after: backOff(.seconds(5), attempt, atMost: .seconds(900))) : nil
        }
    }

    public static func hints(_ code: Int64) -> ProviderFailure.Hints {
        switch code {
        case 131050: .optOut
        case 132015: .templatePaused
        case 132016: .templateDisabled
        case 131047: .needsTemplate
        case 131052, 131053: .uploadAgain
        default: []
        }
    }

    /// The failure that a `failed` status reports: what was accepted and not delivered is not sent again by itself, except where Meta says when.
    public static func failure(of error: ProviderError) -> ProviderFailure {
        let action: ProviderFailure.Action
        switch Self.action(error.code, attempt: 0) {
        case .stopChannel(let reason): action = .stopChannel(reason: reason)
        case .retryAfter24Hours: action = .retryAfter24Hours
        case .retry, .final, nil: action = .final
        }
        return ProviderFailure(code: error.code, title: error.title, details: error.details, action: action, hints: hints(error.code))
    }

    /// Meta's rule for messages to one customer: 4^X seconds, X = 0, 1, 2…; beyond 4^6 (an hour) it stays there.
    static func pairWait(_ attempt: Int) -> Duration {
        .seconds(1 << (2 * min(max(attempt, 0), 6)))
    }

    private static func backOff(_ first: Duration, _ attempt: Int, atMost limit: Duration) -> Duration {
        min(first * (1 << min(max(attempt, 0), 12)), limit)
    }
}

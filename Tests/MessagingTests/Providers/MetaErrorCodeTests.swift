import Messaging
import Testing

@Suite("Error classes of the Cloud API")
struct MetaErrorCodeTests {
    private static let stop: [Int64: ProviderFailure.StopReason] = [
        0: .tokenInvalid, 190: .tokenInvalid, 3: .permissionMissing, 10: .permissionMissing, 200: .permissionMissing,
        250: .permissionMissing, 299: .permissionMissing,
        131005: .permissionMissing, 368: .policyViolation, 131031: .accountLocked, 131042: .paymentProblem, 131037: .displayNameNotApproved,
        133010: .numberNotRegistered,
        131045: .numberNotRegistered, 33: .numberDeleted, 131048: .spamLimit, 131064: .messagingLimit, 133016: .registrationLimit,
    ]
    private static let retry: [Int64] = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 132069, 133004, 134101, 2_494_100]
    private static let final: [Int64] = [
        100, 130472, 130497, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 131051, 131052, 131053, 131055, 131062, 131063, 132000,
        132001, 132005, 132007, 132008,
        132012, 132015, 132016, 132068, 133000, 133005, 133006, 133008, 133009, 133015, 134011, 134100, 134102, 135000, 137000,
    ]

    @Test("The table of A12")
    func table() {
        for (code, reason) in Self.stop { #expect(MetaErrorCode.action(code, attempt: 0) == .stopChannel(reason: reason), "\(code)") }
        for code in Self.retry {
            guard case .retry(let wait) = MetaErrorCode.action(code, attempt: 0) else {
                Issue.record("\(code) is not retried")
                continue
            }
            #expect(wait >= .seconds(1))
        }
        for code in Self.final { #expect(MetaErrorCode.action(code, attempt: 0) == .final, "\(code)") }
        #expect(MetaErrorCode.action(131049, attempt: 0) == .retryAfter24Hours)
        #expect(MetaErrorCode.action(424242, attempt: 0) == nil)
        #expect(MetaErrorCode.action(424242, attempt: 0, isTransient: true) == .retry(after: .seconds(5)))
        #expect(MetaErrorCode.action(.max, attempt: .max) == nil)
    }

    @Test("The pair limit waits 4^X seconds")
    func pair() {
        let waits = (0...7).map { MetaErrorCode.action(131056, attempt: $0) }
        #expect(waits == [1, 4, 16, 64, 256, 1024, 4096, 4096].map { .retry(after: .seconds($0)) })
    }

    @Test("Code 1 is tried once more")
    func once() {
        #expect(MetaErrorCode.action(1, attempt: 0) == .retry(after: .seconds(5)))
        #expect(MetaErrorCode.action(1, attempt: 1) == .final)
    }

    @Test("Waits grow and stop growing", arguments: [2, 4, 80007, 130429, 131000, 131057] as [Int64])
    func backOff(_ code: Int64) {
        var last = Duration.zero
        for attempt in 0...40 {
            guard case .retry(let wait) = MetaErrorCode.action(code, attempt: attempt) else { return }
            #expect(wait >= last && wait <= .seconds(3600))
            last = wait
        }
    }

    @Test func hints() {
        #expect(MetaErrorCode.hints(131050) == .optOut)
        #expect(MetaErrorCode.hints(132015) == .templatePaused)
        #expect(MetaErrorCode.hints(132016) == .templateDisabled)
        #expect(MetaErrorCode.hints(131047) == .needsTemplate)
        #expect(MetaErrorCode.hints(131053) == .uploadAgain)
        #expect(MetaErrorCode.hints(190) == [])
    }

    @Test("A failed status is final, except where Meta says when or the channel is at fault")
    func failedStatus() {
        func action(_ code: Int64) -> ProviderFailure.Action { MetaErrorCode.failure(of: ProviderError(code: code, title: "t")).action }
        #expect(action(131000) == .final)
        #expect(action(131049) == .retryAfter24Hours)
        #expect(action(131042) == .stopChannel(reason: .paymentProblem))
        #expect(action(424242) == .final)
    }
}

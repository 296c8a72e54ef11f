import Core

/// What requests with an `Idempotency-Key` were answered. The answers are written by whoever has the effects: `tenant(_:answering:_:)` and
/// `platform(answering:_:)` of the databases.
public struct KeptAnswers: Sendable {
    private let tenant: TenantDatabase
    private let platform: PlatformDatabase
    private let box: SecretBox
    private let alarm: SecretAlarm

    /// - Parameter box: seals and opens answers that may hold secrets.
    public init(tenant: TenantDatabase, platform: PlatformDatabase, box: SecretBox, alarm: SecretAlarm) {
        self.tenant = tenant
        self.platform = platform
        self.box = box
        self.alarm = alarm
    }

    /// What a merchant's request was answered before; nil when it was not.
    ///
    /// - Throws: `idempotency_key_reused` when it had another body.
    public func find(_ request: IdempotentRequest, of merchant: MerchantID) async throws -> IdempotentAnswer? {
        try await tenant.tenant(merchant) { tx in IdempotencyRepository(tx).find(request) }?.replay(of: request)
    }

    /// The request as one of `principal`'s credential alone.
    public func sealed(_ request: IdempotentRequest, by principal: Principal) -> SealedRequest {
        SealedRequest(request, by: principal, box: box, alarm: alarm)
    }

    /// What that credential's request was answered before; nil when it was not.
    ///
    /// - Throws: `idempotency_key_reused` when it had another body; `AuthenticationFailure` when the credential has ended.
    public func find(_ request: SealedRequest) async throws -> IdempotentAnswer? {
        try await platform.platform { tx in SealedAnswerRepository(tx).find(request) }?.replay(of: request.request)
    }
}

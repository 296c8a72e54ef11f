import Core
import Hummingbird
import Tenancy

/// Answers POSTs that may have an `Idempotency-Key` (`api.md` 4, rule 7). A repetition is answered before its body is looked at: what was right at first may not
/// be right any more.
extension KeptAnswers {
    /// For answers without secrets: anybody who may do this at the restaurant gets them again.
    ///
    /// - Parameters:
    ///   - path: of the canonical base, so that a retry through another base is still the same request.
    ///   - response: writes the answer, the first one and with it every other.
    ///   - perform: reads the body and has the effect.
    func answer<Value>(
        _ request: Request,
        _ body: [UInt8],
        at path: String,
        of merchant: MerchantID,
        as response: @escaping @Sendable (Value) -> JSONResponse,
        _ perform: (Answering<Value>) async throws -> IdempotentAnswer
    ) async throws -> Response {
        let once = try Self.request(request, body, at: path)
        if let once, let kept = try await find(once, of: merchant) { return kept.response }
        return try await perform(Answering(once) { IdempotentAnswer(response($0)) }).response
    }

    /// For answers with secrets and those of the installation: only the credential that asked gets them again, at the same restaurant if it named one.
    func answer<Value>(
        _ request: Request,
        _ body: [UInt8],
        at path: String,
        by principal: Principal,
        as response: @escaping @Sendable (Value) -> JSONResponse,
        _ perform: (SealedAnswering<Value>) async throws -> IdempotentAnswer
    ) async throws -> Response {
        let once = try Self.request(request, body, at: path).map { sealed($0, by: principal) }
        if let once, let kept = try await find(once) { return kept.response }
        return try await perform(SealedAnswering(once) { IdempotentAnswer(response($0)) }).response
    }

    private static func request(_ request: Request, _ body: [UInt8], at path: String) throws -> IdempotentRequest? {
        try IdempotencyKey(request).map { IdempotentRequest(operation: "POST \(path)", key: $0.value, body: body) }
    }
}

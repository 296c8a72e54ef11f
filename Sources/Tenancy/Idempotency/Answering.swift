/// How what a merchant's request makes becomes its answer, and under which name that is kept. For answers without secrets: whoever may send the request
/// again gets them again.
public struct Answering<Value>: Sendable {
    /// Nil: it has no `Idempotency-Key`, and nothing is kept.
    let request: IdempotentRequest?
    let answer: @Sendable (Value) -> IdempotentAnswer

    /// - Parameter answer: writes the answer; it runs inside the effect's transaction, so it only computes.
    public init(_ request: IdempotentRequest?, _ answer: @escaping @Sendable (Value) -> IdempotentAnswer) {
        self.request = request
        self.answer = answer
    }
}

/// The same for answers that hold secrets or are no restaurant's: kept sealed, for the credential that asked.
public struct SealedAnswering<Value>: Sendable {
    /// Nil: it has no `Idempotency-Key`, and nothing is kept.
    let request: SealedRequest?
    let answer: @Sendable (Value) -> IdempotentAnswer

    /// - Parameter answer: writes the answer; it runs inside the effect's transaction, so it only computes.
    public init(_ request: SealedRequest?, _ answer: @escaping @Sendable (Value) -> IdempotentAnswer) {
        self.request = request
        self.answer = answer
    }
}

import CArgon2
import Core
import DequeModule
import Dispatch
import Synchronization

/// Hashes and verifies passwords with argon2id (RFC 9106), as PHC strings.
///
/// A hash takes 19 MiB and tens of milliseconds by design. So only a few run at once and a bounded number waits; beyond that the answer is 503, and the
/// process is as large under a flood of logins as without one.
public final class PasswordHasher: Sendable {
    public struct Parameters: Sendable, Equatable {
        /// KiB.
        public var memory: UInt32 = 19 * 1024
        public var iterations: UInt32 = 2
        public var lanes: UInt32 = 1

        public init() {}

        /// What a PHC string with these parameters begins with.
        var prefix: String { "$argon2id$v=19$m=\(memory),t=\(iterations),p=\(lanes)$" }
    }

    private struct State {
        var running = 0
        var waiting: Deque<CheckedContinuation<Void, any Error>> = []
    }

    private let parameters: Parameters
    private let concurrency: Int
    private let queueLimit: Int
    private let state = Mutex(State())
    private let threads = DispatchQueue(label: "argon2", qos: .utility, attributes: .concurrent)

    /// - Parameters:
    ///   - concurrency: hashes at once, each with `parameters.memory`.
    ///   - queueLimit: callers that may wait for their turn.
    public init(parameters: Parameters = Parameters(), concurrency: Int = 2, queueLimit: Int = 64) {
        self.parameters = parameters
        self.concurrency = concurrency
        self.queueLimit = queueLimit
    }

    /// The PHC string of `password` with a new salt.
    ///
    /// - Throws: `DomainError` of kind `unavailable` when too many wait already.
    public func hash(_ password: Secret<String>) async throws -> String {
        let parameters = parameters
        return try await perform { try Self.encode(password, salt: Self.randomSalt(), parameters) }
    }

    /// Whether `password` is the one of `phc`. Nil stands for a person who does not exist or has no password: it costs the same and is never right.
    ///
    /// - Throws: as `hash`.
    public func verify(_ password: Secret<String>, against phc: String?) async throws -> Bool {
        let dummy = parameters.prefix + Self.dummySaltAndHash
        return try await perform {
            let bytes = Array(password.reveal().utf8)
            return argon2id_verify(phc ?? dummy, bytes, bytes.count) == ARGON2_OK.rawValue && phc != nil
        }
    }

    /// Whether `phc` was made with other parameters than those of today.
    public func isOutdated(_ phc: String) -> Bool { !phc.hasPrefix(parameters.prefix) }

    /// Callers that wait for their turn.
    var waitingCallers: Int { state.withLock { $0.waiting.count } }

    // MARK: -

    private func perform<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await withCheckedThrowingContinuation { continuation in
            threads.async { continuation.resume(with: Result { try work() }) }
        }
    }

    private func enter() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let answer: Result<Void, any Error>? = state.withLock { state in
                if state.running < concurrency {
                    state.running += 1
                    return .success(())
                }
                guard state.waiting.count < queueLimit else {
                    return .failure(DomainError(.unavailable, code: "unavailable", message: "Too many people are logging in; try again."))
                }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            // The place goes on to the next in line.
            if let next = state.waiting.popFirst() { return next }
            state.running -= 1
            return nil
        }
        next?.resume()
    }

    private static func encode(_ password: Secret<String>, salt: [UInt8], _ parameters: Parameters) throws -> String {
        let bytes = Array(password.reveal().utf8)
        let length = argon2_encodedlen(
            parameters.iterations,
            parameters.memory,
            parameters.lanes,
            UInt32(salt.count),
            UInt32(hashLength),
            Argon2_id
        )
        var encoded = [CChar](repeating: 0, count: length)
        let code = argon2id_hash_encoded(
            parameters.iterations,
            parameters.memory,
            parameters.lanes,
            bytes,
            bytes.count,
            salt,
            salt.count,
            hashLength,
            &encoded,
            length
        )
        guard code == ARGON2_OK.rawValue else {
            throw DomainError(.unavailable, code: "unavailable", message: "The password could not be hashed; try again.")
        }
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let hashLength = 32

    private static func randomSalt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// 16 bytes of salt and 32 of hash, base64 without padding: of no password that anybody knows.
    private static let dummySaltAndHash = "bWFpdHJlLW5vLXBlcnNvbg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}

import Core
import Postgres

/// Counts of what was tried, shared by all nodes.
struct ThrottleRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// Counts an attempt for each of `throttles` before it is made, so that a hundred at once are a hundred. The end of the window of the first that is
    /// exhausted by more than its limit; nil when all may go on.
    func attempt(_ throttles: [Throttle]) -> Pending<Timestamp?> {
        tx.append(
            """
            select key, attempts, resets_at
            from platform.attempt(\(throttles.map(\.key)), \(throttles.map { Int32($0.window.components.seconds) }))
            """
        ) { rows in
            let limits = Dictionary(throttles.map { ($0.key, $0.limit) }) { first, _ in first }
            var blockedUntil: Timestamp?
            try rows.forEach { row in
                let key = try row.next([UInt8].self)
                let attempts = try row.next(Int32.self)
                let resetsAt = try row.next(Timestamp.self)
                if attempts > limits[key] ?? 0 { blockedUntil = max(blockedUntil ?? resetsAt, resetsAt) }
            }
            return blockedUntil
        }
    }

    /// Forgets what was counted: it was the right person after all.
    func clear(_ throttles: [Throttle]) {
        tx.append("delete from platform.throttles where key = any(\(throttles.map(\.key)))")
    }

    /// Takes an attempt back: it was a good one, and an office full of people may have one address.
    func giveBack(_ throttle: Throttle) {
        tx.append("update platform.throttles set attempts = greatest(attempts - 1, 0) where key = \(throttle.key)")
    }

    /// In batches: an attacker may have made many. How many these were.
    func deleteOld() -> Pending<Int> {
        tx.append(
            """
            delete from platform.throttles where key in (
                select key from platform.throttles where resets_at < clock_timestamp() - interval '1 hour' order by resets_at limit 1000)
            """
        ) { rows in rows.affectedRows }
    }
}

extension PlatformDatabase {
    /// Counts an attempt and throws `AuthenticationFailure.throttled` when it is one too many.
    func attempt(_ throttles: [Throttle]) async throws {
        guard !throttles.isEmpty, let until = try await platform({ tx in ThrottleRepository(tx).attempt(throttles) }) else { return }
        throw AuthenticationFailure.throttled(retryAfter: max(.seconds(1), until - .now))
    }
}

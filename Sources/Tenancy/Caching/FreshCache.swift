import Synchronization

/// Remembers what was read for at most a lifetime, so that asking again costs no round trip while a change still reaches every node within it. What is in
/// use is read again before its time is over, all of it in one query, so that no request waits for that.
///
/// Only what exists is remembered: garbage costs its sender a query each time and this process no memory.
package final class FreshCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let until: ContinuousClock.Instant
        /// Since it was read.
        var isUsed = false
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var lookups: [Key: Task<Value?, any Error>] = [:]
    }

    private let lifetime: Duration
    private let capacity: Int
    private let read: @Sendable ([Key]) async throws -> [Key: Value]
    private let state = Mutex(State())

    /// - Parameter read: what is true of these keys now; those without a value are missing from the answer.
    package init(lifetime: Duration, capacity: Int = 20_000, read: @escaping @Sendable ([Key]) async throws -> [Key: Value]) {
        self.lifetime = lifetime
        self.capacity = capacity
        self.read = read
    }

    /// The value of `key`, at most a lifetime old; nil when there is none.
    ///
    /// - Parameter firstUse: called with the value the first time that it is asked for since it was read.
    package func value(_ key: Key, firstUse: (Value) -> Void = { _ in }) async throws -> Value? {
        let now = ContinuousClock.now
        let (known, isFirst, lookup) = state.withLock { state -> (Value?, Bool, Task<Value?, any Error>?) in
            if let entry = state.entries[key], entry.until > now {
                if !entry.isUsed { state.entries[key]?.isUsed = true }
                return (entry.value, !entry.isUsed, nil)
            }
            if let lookup = state.lookups[key] { return (nil, false, lookup) }
            // One lookup for all that wait for the same key: a task of its own, since the request that starts it may be cancelled.
            let lookup = Task { try await self.lookUp(key) }
            state.lookups[key] = lookup
            return (nil, false, lookup)
        }
        if let known {
            if isFirst { firstUse(known) }
            return known
        }
        let found = try await lookup?.value
        if let found { firstUse(found) }
        return found
    }

    /// Reads again what was used since it was last read; ends when its task is cancelled.
    package func keepFresh() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: lifetime * 0.4)
            let now = ContinuousClock.now
            var keys = state.withLock { state -> [Key] in
                state.entries = state.entries.filter { $0.value.isUsed || $0.value.until > now }
                return state.entries.compactMap { $0.value.isUsed ? $0.key : nil }
            }
            while !keys.isEmpty {
                let some = Array(keys.suffix(1000))
                keys.removeLast(some.count)
                // What cannot be read now runs out, and its next request asks.
                guard (try? await remember(some)) != nil else { break }
            }
        }
    }

    /// Reads keys and remembers their values, from before the query on: the answer may be as old as that.
    private func remember(_ keys: [Key]) async throws -> [Key: Value] {
        let until = ContinuousClock.now + lifetime
        let found = try await read(keys)
        state.withLock { state in
            let new = found.keys.count { state.entries[$0] == nil }
            if state.entries.count + new > capacity { state.entries.removeAll(keepingCapacity: true) }
            for key in keys { state.entries[key] = found[key].map { Entry(value: $0, until: until) } }
        }
        return found
    }

    private func lookUp(_ key: Key) async throws -> Value? {
        defer { state.withLock { $0.lookups[key] = nil } }
        return try await remember([key])[key]
    }
}

import Core

/// What `AuditTrail` has not written yet. A value without a clock or a database, so that its rules can be tested by themselves.
struct AuditBuffer {
    /// Entries of one key say the same; the client's own words about itself and the request's id are not part of it.
    private struct Key: Hashable {
        let kind: Actor.Kind
        let credential: CredentialID?
        let person: PersonID?
        let address: String?
        let merchant: MerchantID?
        let action: AuditAction
        let code: String?
        let subject: AuditSubject?
        let details: AuditDetails

        init(_ entry: AuditEntry) {
            kind = entry.actor.kind
            credential = entry.actor.credential
            person = entry.actor.person
            address = entry.actor.address
            merchant = entry.merchant
            action = entry.action
            code = entry.code
            subject = entry.subject
            details = entry.details
        }
    }

    /// The time in which a key is written once.
    private struct Window {
        let until: ContinuousClock.Instant
        /// The last repetition, which stands for all of them.
        var last: AuditEntry?
        var repetitions = 0
    }

    private let capacity: Int
    private let period: Duration
    private var waiting: [AuditEntry] = []
    private var windows: [Key: Window] = [:]
    private(set) var dropped = 0

    /// - Parameters:
    ///   - capacity: how many entries wait, and how many keys are remembered.
    ///   - period: in which repetitions are counted.
    init(capacity: Int, period: Duration) {
        self.capacity = capacity
        self.period = period
    }

    /// The first of its kind waits to be written; its repetitions are counted.
    mutating func record(_ entry: AuditEntry, at now: ContinuousClock.Instant) {
        let key = Key(entry)
        if let window = windows[key], window.until > now {
            windows[key]?.last = entry
            windows[key]?.repetitions += 1
            return
        }
        close(key)
        if windows.count < capacity { windows[key] = Window(until: now + period) }
        put(entry)
    }

    /// Up to `limit` entries to write now, with what was counted in windows that are over.
    mutating func take(_ limit: Int, at now: ContinuousClock.Instant) -> [AuditEntry] {
        for (key, window) in windows where window.until <= now { close(key, window) }
        return takeWaiting(limit)
    }

    /// As `take`, with what was counted so far: there will be no later.
    mutating func takeLast(_ limit: Int) -> [AuditEntry] {
        for (key, window) in windows { close(key, window) }
        return takeWaiting(limit)
    }

    /// What could not be written waits again, as far as there is room.
    mutating func putBack(_ entries: [AuditEntry]) {
        let room = max(0, capacity - waiting.count)
        waiting.insert(contentsOf: entries.prefix(room), at: 0)
        dropped += entries.dropFirst(room).reduce(0) { $0 + $1.count }
    }

    /// Counts what was given up elsewhere.
    mutating func drop(_ count: Int) { dropped += count }

    /// How many were given up since this was asked.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    /// How many are lost when nothing is written any more.
    func givenUp() -> Int { waiting.reduce(dropped) { $0 + $1.count } }

    private mutating func takeWaiting(_ limit: Int) -> [AuditEntry] {
        let taken = Array(waiting.prefix(limit))
        waiting.removeFirst(taken.count)
        return taken
    }

    private mutating func close(_ key: Key) {
        if let window = windows[key] { close(key, window) }
    }

    private mutating func close(_ key: Key, _ window: Window) {
        windows[key] = nil
        guard let last = window.last else { return }
        // Under the last one's id and time: it was made now, so it comes after the first in the log.
        put(
            AuditEntry(
                id: last.id,
                at: last.at,
                merchant: last.merchant,
                actor: last.actor,
                action: last.action,
                outcome: last.outcome,
                code: last.code,
                subject: last.subject,
                details: last.details,
                count: window.repetitions
            )
        )
    }

    private mutating func put(_ entry: AuditEntry) {
        if waiting.count < capacity { waiting.append(entry) } else { dropped += entry.count }
    }
}

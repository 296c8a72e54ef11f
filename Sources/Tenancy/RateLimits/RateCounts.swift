import Core

/// The requests of one window, as far as one node knows: its own at once, the others' as of its last exchange with the database.
struct RateCounts {
    private struct Entry {
        /// Tells an entry from a later one of the same subject, made after this one was dropped.
        let serial: UInt64
        /// Counted here.
        var own = 0
        /// Of these, what the database has.
        var sent = 0
        /// What the other nodes had counted.
        var others = 0

        var used: Int { own + others }
        var unsent: Int { own - sent }
    }

    /// What goes to the database: counts that it does not have yet.
    struct Report {
        struct Line {
            let subject: RateSubject
            let count: Int
            fileprivate let serial: UInt64
        }

        let windowStart: Timestamp
        let lines: [Line]
    }

    private let limits: RateLimits
    private let capacity: Int
    private let length: Int64
    private var window: Int64 = .min
    /// By kind, so that a flood of addresses never costs a credential its count.
    private var entries: [RateKind: [RateSubject: Entry]] = [:]
    private var nextSerial: UInt64 = 0

    /// - Parameter capacity: subjects of each kind that are kept. Beyond it the half with the fewest requests is forgotten here; what the database has of
    ///   them comes back when they do.
    init(limits: RateLimits, capacity: Int) {
        self.limits = limits
        self.capacity = max(2, capacity)
        length = max(1, limits.window.components.seconds) * 1_000_000
    }

    /// How many subjects are kept.
    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// Counts a request of all `subjects`, or of none when one of them has used up its limit: a flood that is refused costs the database nothing.
    mutating func take(_ subjects: [RateSubject], at now: Timestamp) -> RateDecision {
        enter(now)
        let limited = subjects.filter { limits[$0.kind] > 0 }
        let isRefused = limited.contains { used($0) >= limits[$0.kind] }
        if !isRefused { for subject in limited { add(subject) } }
        let left = min(length, (window + 1) * length - now.microseconds)
        return RateDecision(
            quotas: limited.map { subject in
                let limit = limits[subject.kind]
                return RateQuota(kind: subject.kind, limit: limit, remaining: max(0, limit - used(subject)))
            },
            resetsIn: Int((left + 999_999) / 1_000_000),
            isRefused: isRefused
        )
    }

    /// The counts that the database lacks, the largest first; nil when it lacks none.
    mutating func report(atMost limit: Int, at now: Timestamp) -> Report? {
        enter(now)
        var lines: [Report.Line] = []
        for (subject, entry) in entries.values.joined() where entry.unsent > 0 {
            lines.append(Report.Line(subject: subject, count: entry.unsent, serial: entry.serial))
        }
        guard !lines.isEmpty else { return nil }
        if lines.count > limit {
            lines.sort { $0.count > $1.count }
            lines.removeLast(lines.count - limit)
        }
        return Report(windowStart: Timestamp(microseconds: window * length), lines: lines)
    }

    /// The database has what `report` said.
    ///
    /// - Parameter totals: of all nodes with that, by key.
    mutating func reported(_ report: Report, totals: [[UInt8]: Int]) {
        guard report.windowStart.microseconds == window * length else { return }
        for line in report.lines {
            guard var entry = entries[line.subject.kind]?[line.subject], entry.serial == line.serial else { continue }
            entry.sent += line.count
            if let total = totals[line.subject.key] { entry.others = max(0, total - entry.sent) }
            entries[line.subject.kind]?[line.subject] = entry
        }
    }

    private func used(_ subject: RateSubject) -> Int { entries[subject.kind]?[subject]?.used ?? 0 }

    private mutating func add(_ subject: RateSubject) {
        if entries[subject.kind]?[subject] == nil { makeRoom(for: subject) }
        entries[subject.kind]?[subject]?.own += 1
    }

    private mutating func makeRoom(for subject: RateSubject) {
        var some = entries[subject.kind] ?? [:]
        if some.count >= capacity {
            // Half at once, so that a flood of new subjects does not sort at every request.
            let busiest = some.sorted { $0.value.used > $1.value.used }.prefix(capacity / 2)
            some = Dictionary(uniqueKeysWithValues: busiest.map { ($0.key, $0.value) })
        }
        nextSerial += 1
        some[subject] = Entry(serial: nextSerial)
        entries[subject.kind] = some
    }

    /// Begins a new window when its time has come. What the last one had not reported is of no use to anybody any more.
    private mutating func enter(_ now: Timestamp) {
        let current = now.microseconds / length
        guard current != window else { return }
        // Each look at the database's clock is off by a little of its own: a step back over the border must not begin the old window again.
        if current < window, window * length - now.microseconds <= 1_000_000 { return }
        window = current
        entries.removeAll()
    }
}

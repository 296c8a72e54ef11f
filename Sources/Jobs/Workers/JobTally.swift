import Synchronization

/// What this process's workers ended since somebody last asked. Counted where jobs end, so that nobody has to look for them afterwards.
public final class JobTally: Sendable {
    struct Counts: Sendable, Equatable {
        var done: Int64 = 0
        var retried: Int64 = 0
        var dead: Int64 = 0
    }

    private let state = Mutex<[String: Counts]>([:])

    public init() {}

    /// - Parameter result: as `maitre_jobs_total` has it; what is neither success nor failure is not counted.
    func count(_ result: String, on queue: Queue) {
        state.withLock { counts in
            switch result {
            case "done": counts[queue.name, default: Counts()].done += 1
            case "retry": counts[queue.name, default: Counts()].retried += 1
            case "dead": counts[queue.name, default: Counts()].dead += 1
            default: break
            }
        }
    }

    /// By queue, in the order of names; from here on it counts anew.
    func take() -> [(queue: String, counts: Counts)] {
        let taken = state.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        return taken.sorted { $0.key < $1.key }.map { (queue: $0.key, counts: $0.value) }
    }

    /// What could not be written is counted again.
    func putBack(_ taken: [(queue: String, counts: Counts)]) {
        state.withLock { counts in
            for (queue, more) in taken {
                counts[queue, default: Counts()].done += more.done
                counts[queue, default: Counts()].retried += more.retried
                counts[queue, default: Counts()].dead += more.dead
            }
        }
    }
}

import Core
import Synchronization

/// The jobs that a worker holds: how many more it may take, and whose leases to prolong.
final class RunningJobs: Sendable {
    private struct State {
        var free: Int
        var held: [Int64: Job] = [:]
        var isStopped = false
    }

    private let state: Mutex<State>
    private let concurrency: Int
    /// Rung when a slot becomes free.
    let slotFreed = WakeSignal()

    init(concurrency: Int) {
        self.concurrency = concurrency
        state = Mutex(State(free: concurrency))
    }

    var free: Int { state.withLock { $0.free } }
    var isIdle: Bool { state.withLock { $0.free == concurrency } }

    /// No more jobs are to be claimed.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    func start(_ jobs: [Job]) {
        state.withLock { state in
            state.free -= jobs.count
            for job in jobs { state.held[job.lease] = job }
        }
    }

    func end(_ job: Job) {
        state.withLock { state in
            state.free += 1
            state.held[job.lease] = nil
        }
        slotFreed.signal()
    }

    var jobs: [Job] { state.withLock { Array($0.held.values) } }
}

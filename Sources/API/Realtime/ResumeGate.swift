import Core
import Synchronization

/// Holds what happens now back until it is known whether the client wants what it missed before: events shall come in order.
final class ResumeGate: Sendable {
    private struct State {
        var isOpen = false
        var isResuming = false
    }

    private let state = Mutex(State())
    private let changed = WakeSignal()

    /// A client that says it resumes in time is waited for however long that takes; the others only for `patience`.
    func wait(patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while !Task.isCancelled {
            let (isOpen, isResuming) = state.withLock { ($0.isOpen, $0.isResuming) }
            guard !isOpen else { return }
            if isResuming {
                await changed.wait()
                continue
            }
            let rest = deadline - .now
            guard rest > .zero else {
                // From here on nothing is held back any more, unless somebody was faster.
                let isFirst = state.withLock { state in
                    if !state.isResuming { state.isOpen = true }
                    return state.isOpen
                }
                if isFirst { return }
                continue
            }
            await changed.wait(timeout: rest)
        }
    }

    func beginResume() {
        state.withLock { $0.isResuming = true }
        changed.signal()
    }

    func endResume() {
        state.withLock { $0 = State(isOpen: true, isResuming: false) }
        changed.signal()
    }
}

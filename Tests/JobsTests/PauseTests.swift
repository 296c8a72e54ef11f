import Core
import Logging
import Synchronization
import Tenancy
import TestSupport
import Testing

@testable import Jobs

/// A pause under work.
@Suite struct PauseTests {
    /// Adds jobs until it is told to stop.
    private final class Enqueuer: Sendable {
        private let state = Mutex((isTold: false, hasStopped: false, added: 0))

        var added: Int { state.withLock { $0.added } }

        func run(_ fixture: QueueFixture) async throws {
            for round in 0... {
                try await fixture.enqueue((0..<5).map { "round\(round)-\($0)" })
                let isTold = state.withLock { state in
                    state.added += 5
                    state.hasStopped = state.isTold
                    return state.isTold
                }
                if isTold { return }
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        func stop() async throws {
            state.withLock { $0.isTold = true }
            while !state.withLock({ $0.hasStopped }) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test(
        "H1: a second after a pause no node starts anything, while jobs are added; a second after resuming they go on, and each job runs once"
    )
    func pausing() async throws {
        try await QueueFixture.run(connections: 12) { fixture in
            let handler = RecordingHandler(database: fixture.platform)
            let enqueuer = Enqueuer()
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Two nodes: each with a bell of its own, which hears the other's.
                for _ in 0..<2 {
                    let bell = Bell(client: fixture.client, logger: Logger(label: "test"))
                    let worker = Worker(
                        handler,
                        database: PlatformDatabase(client: fixture.client, observer: bell),
                        bell: bell,
                        configuration: WorkerConfiguration(concurrency: 8),
                        logger: Logger(label: "test")
                    )
                    group.addTask { try await worker.run() }
                    group.addTask { try await bell.run() }
                }
                group.addTask { try await enqueuer.run(fixture) }
                for _ in 0..<400 where handler.count < 100 { try await Task.sleep(for: .milliseconds(25)) }
                #expect(handler.count >= 100)
                _ = try await fixture.service.pause(QueueFixture.queue, by: QueueFixture.actor)
                try await Task.sleep(for: .seconds(1))
                let (started, before) = (handler.count, enqueuer.added)
                try await Task.sleep(for: .milliseconds(700))
                #expect(handler.count == started)
                #expect(enqueuer.added > before)
                try await enqueuer.stop()
                _ = try await fixture.service.resume(QueueFixture.queue, by: QueueFixture.actor)
                for _ in 0..<40 where handler.count == started { try await Task.sleep(for: .milliseconds(25)) }
                #expect(handler.count > started)
                for _ in 0..<400 where handler.count < enqueuer.added { try await Task.sleep(for: .milliseconds(25)) }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(handler.count == enqueuer.added)
            #expect(handler.rounds.values.allSatisfy { $0.count == 1 })
        }
    }
}

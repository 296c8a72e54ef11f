import Logging
import ServiceLifecycle
import Tenancy

/// Counts how full the queues are, every two seconds, and writes down once a second what this process's workers ended. Any number of nodes may run it: one
/// of them counts, the others find that it was done.
public struct QueueMeter: Service {
    private let database: PlatformDatabase
    private let tally: JobTally?
    private let logger: Logger

    /// - Parameter tally: nil where nothing works on queues.
    public init(database: PlatformDatabase, tally: JobTally? = nil, logger: Logger) {
        self.database = database
        self.tally = tally
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                await self.write()
                if round % 2 == 0 { await self.measure() }
                round += 1
                try? await Task.sleep(for: .seconds(1))
            }
        }
        // The workers have ended by now.
        await write()
    }

    private func measure() async {
        do {
            _ = try await database.platform { tx in QueueRepository(tx).measure(every: .milliseconds(1900)) }
        } catch {
            logger.debug("The queues could not be counted", metadata: ["error": "\(error)"])
        }
    }

    /// What a crash loses is at most a second of these counts. The outcome of every job is in `queue.jobs_done`.
    private func write() async {
        guard let taken = tally?.take(), !taken.isEmpty else { return }
        do {
            try await database.platform { tx in QueueRepository(tx).add(taken) }
        } catch {
            tally?.putBack(taken)
            logger.debug("The throughput could not be written", metadata: ["error": "\(error)"])
        }
    }
}

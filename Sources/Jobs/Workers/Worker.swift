import Core
import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Tenancy

/// Claims jobs of one queue and runs them, as many at once as configured, until shutdown; then it stops claiming and lets what runs finish.
public struct Worker<Handler: JobHandler>: Service {
    private let handler: Handler
    private let database: PlatformDatabase
    private let bell: Bell
    private let configuration: WorkerConfiguration
    private let tally: JobTally?
    private let logger: Logger
    private let running: RunningJobs
    private let wake = WakeSignal()

    /// - Parameter tally: counts what ends here.
    public init(
        _ handler: Handler,
        database: PlatformDatabase,
        bell: Bell,
        configuration: WorkerConfiguration,
        tally: JobTally? = nil,
        logger: Logger
    ) {
        self.handler = handler
        self.database = database
        self.bell = bell
        self.configuration = configuration
        self.tally = tally
        var logger = logger
        logger[metadataKey: "queue"] = "\(handler.queue)"
        self.logger = logger
        running = RunningJobs(concurrency: configuration.concurrency)
        bell.register(wake, for: handler.queue)
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.prolongLeases() }
                await self.claimUntilStopped { job, input in
                    group.addTask { await self.perform(job, input) }
                }
                // Shutdown ends the claiming; what runs goes on, with its lease, until it is done.
                while !self.running.isIdle, !Task.isCancelled {
                    await self.running.slotFreed.wait(timeout: .milliseconds(100))
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.running.stop()
            self.wake.signal()
            self.running.slotFreed.signal()
        }
    }

    private func claimUntilStopped(_ begin: (Job, Handler.Input) -> Void) async {
        var failures = 0
        var quickLooks = 0
        while !Task.isCancelled, !running.isStopped {
            let free = running.free
            // Claiming for every slot that frees up alone would cost a round trip a job; a quarter of them makes a batch.
            if free < max(1, configuration.concurrency / 4) {
                await running.slotFreed.wait(timeout: .milliseconds(20))
                // Not for ever: slow jobs may hold most slots for long.
                guard running.free > 0 else { continue }
            }
            do {
                let limit = running.free
                let start = ContinuousClock.now
                let (claimed, untilNextStart) = try await claim(limit: limit)
                failures = 0
                for (job, input) in claimed { begin(job, input) }
                if !claimed.isEmpty { quickLooks = Self.quickLooks }
                if claimed.isEmpty {
                    // Who enqueues while somebody claims for the same merchant leaves the wake-up to that claim's next look, 20 ms later (migration 0010):
                    // some looks of that pace follow each claim that found something, then the polls.
                    quickLooks -= 1
                    var pause = quickLooks >= 0 ? .milliseconds(21) : configuration.pollInterval * Double.random(in: 0.5...1)
                    // A queue that may start no more for now: nobody rings when it may.
                    if let untilNextStart { pause = min(pause, untilNextStart + .milliseconds(1)) }
                    if await wake.wait(timeout: pause) { quickLooks = max(quickLooks, 1) }
                }
                if claimed.count < limit { try? await Task.sleep(until: start + configuration.claimInterval, clock: .continuous) }
            } catch {
                failures = min(failures + 1, 4)
                if failures == 1 { logger.warning("Jobs cannot be claimed", metadata: ["error": "\(error)"]) }
                try? await Task.sleep(for: .milliseconds(50 << failures))
            }
        }
    }

    /// Empty claims in a row that are followed by a short pause.
    private static var quickLooks: Int { 2 }

    private func claim(limit: Int) async throws -> (claimed: [(job: Job, input: Handler.Input)], untilNextStart: Duration?) {
        let (jobs, untilNextStart) = try await database.platform { tx in
            let queue = QueueRepository(tx)
            return (queue.claim(handler.queue, limit: limit, lease: configuration.lease), queue.untilNextStart(handler.queue))
        }
        guard !jobs.isEmpty else { return ([], untilNextStart) }
        running.start(jobs)
        do {
            let loaded = try await handler.load(jobs)
            let found = Set(loaded.map(\.job.lease))
            for job in jobs where !found.contains(job.lease) {
                await giveBack(job, error: "what the job refers to is not there", after: nil, countsAttempt: true)
                running.end(job)
            }
            return (loaded, untilNextStart)
        } catch {
            // The claim stands: leases run out by themselves if the database is away, or the jobs go back now.
            for job in jobs {
                await giveBack(job, error: "\(error)", after: .seconds(1), countsAttempt: false)
                running.end(job)
            }
            throw error
        }
    }

    private func perform(_ job: Job, _ input: Handler.Input) async {
        let start = ContinuousClock.now
        let result = await outcome(of: job, input)
        running.end(job)
        // Its lane may have a next job, which nobody could claim until now.
        wake.signal()
        if result == "done" { tally?.count(result, on: job.queue) }
        Counter(label: "maitre_jobs_total", dimensions: [("queue", job.queue.name), ("result", result)]).increment()
        Metrics.Timer(label: "maitre_job_duration_seconds", dimensions: [("queue", job.queue.name)])
            .recordNanoseconds((ContinuousClock.now - start).microseconds * 1000)
    }

    private func outcome(of job: Job, _ input: Handler.Input) async -> String {
        // Claimed more often than it may fail: the workers that had it died. It must not take more of them down.
        guard job.attempt <= job.maxAttempts else {
            return await giveBack(job, error: "every worker that had this job ended without a word", after: nil, countsAttempt: true)
        }
        do {
            switch try await handler.perform(job, input) {
            case .completed:
                return "done"
            case .snooze(let duration):
                _ = try await database.platform { tx in QueueRepository(tx).snooze(job, for: duration) }
                return "snoozed"
            }
        } catch let error as PostgresError where error.sqlState == QueueState.leaseLost {
            logger.info("A job's lease was lost; its effects were rolled back", metadata: metadata(of: job))
            return "lease_lost"
        } catch let error as JobError {
            return await giveBack(job, error: error.message, after: error.after, countsAttempt: error.countsAttempt)
        } catch let error as PostgresError where Self.isInfrastructure(error) {
            return await giveBack(job, error: "\(error)", after: .milliseconds(Int.random(in: 200...1000)), countsAttempt: false)
        } catch is CancellationError {
            return await giveBack(job, error: "the worker stopped", after: .zero, countsAttempt: false)
        } catch {
            logger.error("A job failed", metadata: metadata(of: job).merging(["error": "\(error)"]) { $1 })
            return await giveBack(job, error: "\(error)", after: nil, countsAttempt: true)
        }
    }

    /// The database was away, overloaded or changing places: nothing is wrong with the job, and its attempts are not used up.
    private static func isInfrastructure(_ error: PostgresError) -> Bool {
        error.isOutage || error.isRetryable || ["57014", "55P03", "25006", "25P03"].contains(error.sqlState)
    }

    @discardableResult
    private func giveBack(_ job: Job, error: String, after: Duration?, countsAttempt: Bool) async -> String {
        do {
            let result = try await database.platform { tx in
                QueueRepository(tx).fail(job, error: error, after: after, countsAttempt: countsAttempt)
            }
            tally?.count(result, on: job.queue)
            if result == "dead" { await handler.bury(job) }
            if result == "dead" {
                logger.error("A job became a dead letter", metadata: metadata(of: job).merging(["error": "\(error)"]) { $1 })
            }
            return result
        } catch {
            // The lease ends by itself and somebody claims the job again.
            logger.warning("A job could not be given back", metadata: metadata(of: job))
            return "abandoned"
        }
    }

    private func prolongLeases() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: configuration.lease / 3)
            await prolongOnce()
        }
    }

    private func prolongOnce() async {
        let jobs = running.jobs
        guard !jobs.isEmpty else { return }
        do {
            let held = try await database.platform { tx in
                QueueRepository(tx).heartbeat(jobs, on: handler.queue, for: configuration.lease)
            }
            // A lost lease needs no signal to the job: its transaction fails at `complete`.
            if held.count < jobs.count { logger.debug("Some leases were not prolonged", metadata: ["held": "\(held.count)"]) }
        } catch {
            logger.warning("Leases could not be prolonged", metadata: ["error": "\(error)"])
        }
    }

    private func metadata(of job: Job) -> Logger.Metadata {
        ["jobId": "\(job.id)", "jobKind": "\(job.kind)", "merchantId": "\(job.merchant)", "attempt": "\(job.attempt)"]
    }
}

import Core
import Jobs
import Postgres
import Synchronization
import Tenancy

/// Writes down what it ran.
final class RecordingHandler: JobHandler {
    typealias Input = Void

    let queue = Queue.inbound
    private let database: PlatformDatabase
    private let seen = Mutex<[String: [Int]]>([:])
    private let completed = Mutex(0)
    private let dead = Mutex<[String]>([])

    init(database: PlatformDatabase) {
        self.database = database
    }

    var rounds: [String: [Int]] { seen.withLock { $0 } }
    /// Jobs whose end is stored: a worker that is cancelled before that takes its job back.
    var count: Int { completed.withLock { $0 } }

    /// Lanes of jobs that became dead letters.
    var buried: [String] { dead.withLock { $0 } }

    func bury(_ job: Job) async { dead.withLock { $0.append(job.key) } }

    func perform(_ job: Job, _ input: Void) async throws -> JobResult {
        let round = try JSONDocument(parsing: job.arguments.bytes).root["n"]?.int ?? -1
        let lane = "\(job.merchant)/\(job.key)"
        // Before the end of the job: afterwards the lane's next one may be faster in writing itself down.
        seen.withLock { $0[lane, default: []].append(Int(round)) }
        do {
            try await database.platform { tx in QueueRepository(tx).complete([job], on: job.queue) }
        } catch {
            seen.withLock { _ = $0[lane]?.popLast() }
            throw error
        }
        completed.withLock { $0 += 1 }
        return .completed
    }
}

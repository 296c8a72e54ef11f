import Core
import Foundation
import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy

/// Gathers the updates of concurrent webhooks into micro-batches, so that one commit answers many requests.
///
/// A batch is written as soon as the one before it has returned: an idle server answers at once, a busy one writes large batches. One batch at a time,
/// since two could commit the updates of one conversation in the wrong order.
public final class InboxWriter: Service {
    /// Why a webhook cannot be answered 200. Its provider will send it again.
    public enum Failure: Error, Sendable {
        /// Too many updates wait already.
        case overloaded
        /// The updates were not stored, or nobody knows.
        case notStored
        /// The server stops.
        case stopping
    }

    /// A request's updates and who waits for them.
    private struct Submission {
        let rows: [InboxRow]
        let quarantine: [QuarantineRow]
        let continuation: CheckedContinuation<Void, any Error>

        var bytes: Int { rows.reduce(0) { $0 + $1.payload.count } + quarantine.reduce(0) { $0 + $1.payload.count } }
    }

    private struct State {
        var waiting: [Submission] = []
        var waitingRows = 0
        var isStopped = false
    }

    private let database: PlatformDatabase
    private let configuration: IngestConfiguration
    private let logger: Logger
    private let state = Mutex(State())
    private let wake = WakeSignal()

    public init(database: PlatformDatabase, configuration: IngestConfiguration, logger: Logger) {
        self.database = database
        self.configuration = configuration
        self.logger = logger
    }

    /// Returns when all of these are committed.
    func store(_ rows: [InboxRow], quarantine: [QuarantineRow]) async throws {
        guard !rows.isEmpty || !quarantine.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
            let refusal = state.withLock { state -> Failure? in
                if state.isStopped { return .stopping }
                if state.waitingRows >= configuration.maxWaiting { return .overloaded }
                state.waiting.append(Submission(rows: rows, quarantine: quarantine, continuation: continuation))
                state.waitingRows += rows.count + quarantine.count
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { wake.signal() }
        }
    }

    /// Writes batches until cancelled, then what still waits.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.wake.wait()
                await self.drain()
            }
        }
        // Requests were drained before this service stops; what is left is refused or written, never dropped.
        await Task { await self.drain() }.value
        let late = state.withLock { state in
            state.isStopped = true
            let late = state.waiting
            state.waiting = []
            return late
        }
        for submission in late { submission.continuation.resume(throwing: Failure.stopping) }
    }

    private func drain() async {
        while let batch = nextBatch() {
            await write(batch)
        }
    }

    private func nextBatch() -> [Submission]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            var rows = 0
            var bytes = 0
            var count = 0
            // Always at least one: a single webhook may be larger than a batch should be.
            for submission in state.waiting {
                rows += submission.rows.count + submission.quarantine.count
                bytes += submission.bytes
                if count > 0, rows > configuration.maxRows || bytes > configuration.maxBytes { break }
                count += 1
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.waitingRows -= batch.reduce(0) { $0 + $1.rows.count + $1.quarantine.count }
            return batch
        }
    }

    /// Writes submissions together; when the data of one is refused, halves them until only that one fails.
    private func write(_ batch: [Submission]) async {
        do {
            try await commit(batch)
            for submission in batch { submission.continuation.resume() }
        } catch let error as PostgresError where Self.isAboutTheData(error) && batch.count > 1 {
            let middle = batch.count / 2
            await write(Array(batch[..<middle]))
            await write(Array(batch[middle...]))
        } catch let error as PostgresError where Self.isAboutTheData(error) && error.sqlState != "55P03" {
            await writeOneByOne(batch[0])
        } catch {
            logger.error(
                "Webhook updates were not stored",
                metadata: ["updates": "\(batch.reduce(0) { $0 + $1.rows.count })", "error": "\(error)"]
            )
            for submission in batch { submission.continuation.resume(throwing: Failure.notStored) }
        }
    }

    /// One webhook whose data is refused as a whole: each update on its own, and what cannot be stored into the quarantine.
    private func writeOneByOne(_ submission: Submission) async {
        do {
            if !submission.quarantine.isEmpty { try await commit(rows: [], quarantine: submission.quarantine) }
            for row in submission.rows {
                do {
                    try await commit(rows: [row], quarantine: [])
                } catch let error as PostgresError where Self.isAboutTheData(error) && error.sqlState != "55P03" {
                    logger.error("An update was refused by the database and is quarantined", metadata: ["error": "\(error)"])
                    try await commit(
                        rows: [],
                        quarantine: [
                            QuarantineRow(
                                dedupeID: row.id,
                                provider: row.provider,
                                numberID: nil,
                                reason: .unreadable,
                                payload: row.payload
                            )
                        ]
                    )
                }
            }
            submission.continuation.resume()
        } catch {
            logger.error("Webhook updates were not stored", metadata: ["updates": "\(submission.rows.count)", "error": "\(error)"])
            submission.continuation.resume(throwing: Failure.notStored)
        }
    }

    private func commit(_ batch: [Submission]) async throws {
        // A redelivery can arrive while the first delivery still waits: inside a statement the conflict would not be seen.
        var known: Set<InboxKey> = []
        let rows = batch.flatMap(\.rows).filter { known.insert(InboxKey(day: $0.day, id: $0.id)).inserted }
        try await commit(rows: rows, quarantine: batch.flatMap(\.quarantine))
    }

    /// - Parameter rows: no id twice.
    private func commit(rows: [InboxRow], quarantine: [QuarantineRow]) async throws {
        let stored = try await database.platform { tx in
            let inbox = InboxRepository(tx)
            if !quarantine.isEmpty { inbox.quarantine(quarantine) }
            return rows.isEmpty ? Pending(0) : inbox.store(rows)
        }
        Counter(label: "maitre_inbound_updates_total", dimensions: [("result", "stored")]).increment(by: stored)
        Counter(label: "maitre_inbound_updates_total", dimensions: [("result", "duplicate")]).increment(by: rows.count - stored)
    }

    /// Data errors, constraint violations and a lock that was not had in time concern rows; anything else concerns everyone, and halving would only
    /// multiply the load on a database in trouble.
    private static func isAboutTheData(_ error: PostgresError) -> Bool {
        guard let state = error.sqlState else { return false }
        return state.hasPrefix("22") || state.hasPrefix("23") || state == "55P03"
    }
}

private struct InboxKey: Hashable {
    let day: PostgresDate
    let id: UUID
}

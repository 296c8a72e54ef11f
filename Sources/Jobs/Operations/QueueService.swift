import Core
import Tenancy

/// Use cases of whoever runs the installation: how the queues are, and what to do about them (H1).
public struct QueueService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// All queues, by name. Counts are those of the last measurement.
    public func queues() async throws -> [QueueStatus] {
        try await database.platform { tx in OperationsRepository(tx).states() }
    }

    public func queue(_ queue: Queue) async throws -> QueueStatus {
        let states = try await database.platform { tx in OperationsRepository(tx).states(of: queue) }
        guard let state = states.first else { throw DomainError.notFound("queue") }
        return state
    }

    /// With its last sixty minutes, oldest first.
    public func history(of queue: Queue) async throws -> (QueueStatus, [QueueMinute]) {
        let (states, minutes) = try await database.platform { tx in
            (OperationsRepository(tx).states(of: queue), OperationsRepository(tx).minutes(of: queue))
        }
        guard let state = states.first else { throw DomainError.notFound("queue") }
        return (state, minutes)
    }

    /// From the commit on no node claims a job of it; what runs goes on, and what is added waits.
    public func pause(_ queue: Queue, by actor: Actor) async throws -> QueueStatus {
        try await setPaused(
            true,
            queue,
            AuditEntry(action: .queuePaused, subject: .queue, by: actor, details: ["queue": .text(queue.name)])
        )
    }

    public func resume(_ queue: Queue, by actor: Actor) async throws -> QueueStatus {
        try await setPaused(
            false,
            queue,
            AuditEntry(action: .queueResumed, subject: .queue, by: actor, details: ["queue": .text(queue.name)])
        )
    }

    private func setPaused(_ isPaused: Bool, _ queue: Queue, _ entry: AuditEntry) async throws -> QueueStatus {
        _ = try await database.platform { tx in OperationsRepository(tx).setPaused(isPaused, queue, telling: entry) }
        return try await self.queue(queue)
    }

    /// Sets what all nodes together may take of it, from the next claim on; nil: as much as they can.
    public func limit(_ queue: Queue, to limits: QueueLimits?, by actor: Actor) async throws {
        var details: [String: AuditDetails.Value] = ["queue": .text(queue.name)]
        var problems: [DomainError.Field] = []
        if let rate = limits?.rate {
            details["starts"] = .number(Int64(rate.starts))
            details["milliseconds"] = .number(rate.window.microseconds / 1000)
            if !(1...1000).contains(rate.starts) {
                problems.append(.init(pointer: "/starts", code: "out_of_range", message: "This is from 1 to 1000."))
            }
            if rate.window < .milliseconds(100) || rate.window > .seconds(86_400) {
                problems.append(.init(pointer: "/seconds", code: "out_of_range", message: "This is from 0.1 to 86400."))
            }
        }
        if let running = limits?.running {
            details["running"] = .number(Int64(running))
            if !(1...100_000).contains(running) {
                problems.append(.init(pointer: "/running", code: "out_of_range", message: "This is from 1 to 100000."))
            }
        }
        guard problems.isEmpty else { throw DomainError.invalid(problems) }
        let entry = AuditEntry(action: .queueLimited, subject: .queue, by: actor, details: AuditDetails(details))
        let isKnown = try await database.platform { tx in OperationsRepository(tx).limit(queue, to: limits, telling: entry) }
        guard isKnown else { throw DomainError.notFound("queue") }
    }

    /// One job, as long as anything of it is kept.
    public func job(_ id: Int64) async throws -> JobRecord {
        guard let job = try await database.platform({ tx in OperationsRepository(tx).job(id) }) else { throw DomainError.notFound("job") }
        return job
    }

    /// Newest first; where the next page starts, nil at the end.
    public func deadLetters(_ filter: DeadLetterFilter, before: DeadLetterPosition?, limit: Int) async throws
        -> (letters: [DeadLetter], next: DeadLetterPosition?)
    {
        var letters = try await database.platform { tx in OperationsRepository(tx).deadLetters(filter, before: before, limit: limit + 1) }
        guard letters.count > limit else { return (letters, nil) }
        letters.removeLast()
        return (letters, letters.last?.position)
    }

    /// Puts a dead letter back into its lane, with all its attempts; the job that it goes on as.
    public func replay(_ id: Int64, by actor: Actor) async throws -> JobRecord {
        let letter = try await find(id)
        let successor = try await database.platform { tx in
            OperationsRepository(tx).replay(id, on: letter.queue, telling: Self.entry(.deadLetterReplayed, letter, actor))
        }
        guard let successor else { throw DomainError.notFound("dead letter") }
        return try await job(successor)
    }

    /// Deletes a dead letter for good.
    public func discard(_ id: Int64, by actor: Actor) async throws {
        let letter = try await find(id)
        let wasThere = try await database.platform { tx in
            OperationsRepository(tx).discard(id, on: letter.queue, telling: Self.entry(.deadLetterDiscarded, letter, actor))
        }
        guard wasThere else { throw DomainError.notFound("dead letter") }
    }

    /// Replays what `filter` finds in one queue, the oldest first and at most 1000; how many, and whether there may be more.
    public func replay(_ filter: DeadLetterFilter, of queue: Queue, by actor: Actor) async throws -> (count: Int, hasMore: Bool) {
        _ = try await self.queue(queue)
        let count = try await database.platform { tx in
            OperationsRepository(tx).replay(filter, on: queue, telling: Self.entry(.deadLetterReplayed, filter, of: queue, actor))
        }
        return (count, count == OperationsRepository.batch)
    }

    /// Deletes what `filter` finds in one queue, the oldest first and at most 1000; how many, and whether there may be more.
    public func discard(_ filter: DeadLetterFilter, of queue: Queue, by actor: Actor) async throws -> (count: Int, hasMore: Bool) {
        _ = try await self.queue(queue)
        let count = try await database.platform { tx in
            OperationsRepository(tx).discard(filter, on: queue, telling: Self.entry(.deadLetterDiscarded, filter, of: queue, actor))
        }
        return (count, count == OperationsRepository.batch)
    }

    private func find(_ id: Int64) async throws -> DeadLetter {
        let letter = try await database.platform { tx in OperationsRepository(tx).deadLetter(id) }
        guard let letter else { throw DomainError.notFound("dead letter") }
        return letter
    }

    private static func entry(_ action: AuditAction, _ letter: DeadLetter, _ actor: Actor) -> AuditEntry {
        AuditEntry(
            action: action,
            subject: .job,
            of: letter.merchant,
            by: actor,
            details: ["queue": .text(letter.queue.name), "kind": .text(letter.kind), "job": .number(letter.id)]
        )
    }

    private static func entry(_ action: AuditAction, _ filter: DeadLetterFilter, of queue: Queue, _ actor: Actor) -> AuditEntry {
        var details: [String: AuditDetails.Value] = ["queue": .text(queue.name)]
        if let kind = filter.kind { details["kind"] = .text(kind) }
        if let from = filter.from { details["from"] = .text(from.rfc3339) }
        if let to = filter.to { details["to"] = .text(to.rfc3339) }
        return AuditEntry(action: action, subject: .job, of: filter.merchant, by: actor, details: AuditDetails(details))
    }
}

extension AuditSubject {
    /// Which one is in the details: queues and jobs have names and numbers.
    fileprivate static let queue = AuditSubject("queue", AuditSubjectID?.none)
    fileprivate static let job = AuditSubject("job", AuditSubjectID?.none)
}

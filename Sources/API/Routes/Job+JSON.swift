import Core
import Jobs
import Postgres

extension QueueStatus {
    /// Writes the members of `Queue` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("name", queue.name)
        writer.member("paused", isPaused)
        writer.member("pausedAt", nullable: pausedAt)
        writer.key("limits")
        if let limits {
            writer.object { writer in
                writer.member("starts", nullable: limits.rate?.starts)
                writer.key("seconds")
                if let window = limits.rate?.window { writer.double(Double(window.microseconds) / 1_000_000) } else { writer.null() }
                writer.member("running", nullable: limits.running)
            }
        } else {
            writer.null()
        }
        writer.member(
            "counts",
            object: { writer in
                writer.member("ready", Int64(counts.ready))
                writer.member("running", Int64(counts.running))
                writer.member("delayed", Int64(counts.delayed))
                writer.member("retrying", Int64(counts.retrying))
                writer.member("dead", Int64(counts.dead))
            }
        )
        writer.key("oldestReadySeconds")
        if let oldestReadySeconds { writer.double((oldestReadySeconds * 1000).rounded() / 1000) } else { writer.null() }
        writer.member("measuredAt", nullable: measuredAt)
        writer.member("lastMinute", object: { throughput.writeMembers(to: &$0) })
    }
}

extension QueueStatus.Throughput {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("done", Int64(done))
        writer.member("retried", Int64(retried))
        writer.member("dead", Int64(dead))
    }
}

extension QueueMinute {
    /// Writes `QueueMinute` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("start", start)
            throughput.writeMembers(to: &writer)
        }
    }
}

extension JobRecord {
    /// Writes the members of `Job` of `openapi.yaml`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("queue", queue.name)
        writer.member("merchantId", merchant)
        writer.member("state", state.rawValue)
        writer.member("key", nullable: key)
        writer.member("kind", nullable: kind)
        writer.key("arguments")
        if let arguments { writer.raw(arguments.bytes) } else { writer.null() }
        writer.member("attempts", Int64(attempts))
        writer.member("maxAttempts", nullable: maxAttempts)
        writer.member("enqueuedAt", nullable: enqueuedAt)
        writer.member("runsAt", nullable: runsAt)
        writer.member("finishedAt", nullable: finishedAt)
        writer.member("reason", nullable: reason)
        writer.member("successorId", nullable: successor.map { Int($0) })
    }
}

extension DeadLetter {
    /// Writes `DeadLetter` of `openapi.yaml`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("queue", queue.name)
            writer.member("merchantId", merchant)
            writer.member("key", key)
            writer.member("kind", kind)
            writer.member("attempts", Int64(attempts))
            writer.member("maxAttempts", Int64(maxAttempts))
            writer.member("enqueuedAt", enqueuedAt)
            writer.member("diedAt", diedAt)
            writer.member("reason", reason)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, nullable value: Int?) {
        key(name)
        if let value { int(Int64(value)) } else { null() }
    }
}

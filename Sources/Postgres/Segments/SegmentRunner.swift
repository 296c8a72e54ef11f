/// Something that runs segments: a client, or a transaction of several round trips.
public protocol SegmentRunner: Sendable {
    /// Runs the statements in one round trip. Use one of the `run` methods: they give the rows types.
    func execute(_ statements: [Statement]) async throws -> SegmentResults
}

/// The rows of a whole segment, one result per statement.
public struct SegmentResults: Sendable {
    let handles: [ResultHandle]
}

// `run` exists for no, one and several values: a single parameter pack is not inferred for closures of several lines that return one value.
extension SegmentRunner {
    /// Runs the statements `build` appends, in one round trip.
    ///
    /// On a client the segment is a transaction of its own. A serialization failure, a deadlock and a connection lost before the commit are
    /// retried there, so the statements may run several times but count once. Throws ``PostgresError`` or `CancellationError`.
    public func run(
        isolation: isolated (any Actor)? = #isolation,
        _ build: (Segment) throws -> Void
    ) async throws {
        let segment = Segment()
        try build(segment)
        _ = try await execute(segment.statements)
    }

    /// Runs the statements `build` appends, in one round trip, and returns the value it returned as pending; see ``run(isolation:_:)``.
    ///
    /// What a decoding closure throws is thrown on; the segment has then committed already.
    public func run<Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ build: (Segment) throws -> Pending<Value>
    ) async throws -> Value {
        let segment = Segment()
        let pending = try build(segment)
        return try pending.resolve(try await execute(segment.statements))
    }

    /// Runs the statements `build` appends, in one round trip, and returns the values it returned as pending; see ``run(isolation:_:)``.
    public func run<each Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ build: (Segment) throws -> (repeat Pending<each Value>)
    ) async throws -> (repeat each Value) {
        let segment = Segment()
        let pending = try build(segment)
        let results = try await execute(segment.statements)
        return (repeat try (each pending).resolve(results))
    }
}

import Postgres

/// The database error that `body` fails with; nil when it succeeds or fails otherwise.
///
/// In place of `#expect(throws:)`, whose macro does not see through the overloads of `run`.
public func postgresFailure(
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Void
) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}
